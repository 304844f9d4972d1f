import { type Digest, type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import { conflictName } from '../../../protocol/names.ts';
import type { Content } from '../../../protocol/registers.ts';
import { isDirty, type Stamp, samePlacement, standingPlace, wantedPlacement } from '../../core/entry.ts';
import type { Observation } from '../../core/local-changes.ts';
import { fittingName } from '../../core/names/assign.ts';
import { observeAsReader } from '../../core/reader-changes.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { DiskStep } from '../disk/apply-job.ts';
import { joinPath, splitPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';

/** Shown at what a reader changed here: it stays here. */
export const NOT_SENT = 'not-sent';

/** Names tried for a file that is moved aside. */
const ASIDE_TRIES = 20;

interface Aside {
  readonly entry: EntryId;
  readonly path: string;
  readonly stamp: Stamp;
  readonly content: Content;
}

/** What a scan finds on a device that may not write: nothing of it is published, and nothing of it is lost. */
export class ReaderChanges {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #asides: Aside[] = [];
  /** Directories with something in them that the registers know nothing of. */
  readonly #holders = new Set<EntryId>();
  /** Directories that were moved: the index keeps them, with all that is in them, where the others have them. */
  readonly #moved: EntryId[] = [];

  constructor(context: FolderContext, publisher: Publisher) {
    this.#context = context;
    this.#publisher = publisher;
  }

  /** @param below true for what is in something that is shown itself */
  observe(draft: IndexDraft, observation: Observation, path: string, below = false): void {
    if (observation.kind === 'present' && observation.content.kind === 'directory') {
      const stood = draft.entry(observation.entry)?.synced?.placement;
      if (stood !== undefined && !samePlacement(stood, observation.placement)) this.#moved.push(observation.entry);
    }
    const outcome = observeAsReader(draft, observation);
    const { problems } = this.#context;
    if (outcome === 'agreed') {
      if (problems.codeAt(path) === NOT_SENT) problems.clear(path);
      return;
    }
    if (outcome === 'in-the-way' && observation.kind === 'present') {
      const { entry, stamp, content } = observation;
      this.#asides.push({ entry, path, stamp, content });
      return;
    }
    if (observation.kind === 'present') this.#holders.add(observation.placement.parent);
    if (!below) this.unsent(path, observation.kind === 'absent' ? 'deleted' : 'changed');
  }

  /** Something else stands where the index keeps what was agreed: it stays as long as the others leave that alone. */
  replaced(draft: IndexDraft, agreed: EntryId, by: Omit<Aside, 'entry'>): void {
    const entry = draft.entry(agreed);
    if (entry !== undefined && isDirty(entry)) this.#asides.push({ entry: agreed, ...by });
    else this.unsent(by.path, 'changed');
  }

  unsent(path: string, what: 'deleted' | 'changed'): void {
    const { problems, emit } = this.#context;
    const message =
      what === 'deleted'
        ? 'deleted here, and not told the others, as this device may only read; the next version comes here again'
        : 'changed here, and not sent to the others, as this device may only read; it is kept when they change it';
    if (problems.report(path, NOT_SENT, message)) emit('problem', { path, detail: { code: NOT_SENT } });
  }

  /** Moves aside what stands in the way, beside where it was. Runs inside the turn, after the draft's commit. */
  async finish(): Promise<void> {
    for (const aside of this.#asides) await this.#moveAside(aside);
    for (const holder of this.#holders) await this.#letGo(holder);
    for (const directory of this.#moved) await this.#makeAgain(directory);
  }

  /** A directory that was moved away, and in which the others changed something, is made again where they have it. */
  async #makeAgain(directory: EntryId): Promise<void> {
    const { index } = this.#context;
    const draft = new IndexDraft(index);
    const all = [directory];
    let needed = false;
    for (const id of all) {
      const entry = draft.entry(id);
      if (entry === undefined) continue;
      needed ||= isDirty(entry);
      if (entry.synced?.content.kind !== 'directory') continue;
      needed ||= await index.hasDirtyIn(id);
      all.push(...(await index.children(id)).map((child) => child.id));
    }
    if (!needed) return;
    for (const id of all) draft.setSynced(id, undefined);
    await this.#publisher.commit(draft, []);
  }

  /** A directory that the others deleted, and that only holds what is not theirs, is not theirs either. */
  async #letGo(directory: EntryId): Promise<void> {
    const { index } = this.#context;
    for (let at = directory; at !== ROOT_ENTRY; ) {
      const entry = index.entry(at);
      const parent = entry?.synced?.placement.parent;
      if (entry === undefined || parent === undefined || wantedPlacement(entry) !== undefined) return;
      if ((await index.children(at)).length > 0) return;
      const draft = new IndexDraft(index);
      draft.setSynced(at, undefined);
      await this.#publisher.commit(draft, []);
      at = parent;
    }
  }

  async #moveAside({ entry, path, stamp, content }: Aside): Promise<void> {
    const { disk, root, device, index } = this.#context;
    const { directory, name } = splitPath(path);
    const digest = content.kind === 'directory' ? (entry.padEnd(64, '0') as Digest) : content.digest;
    for (let attempt = 1; attempt <= ASIDE_TRIES; attempt++) {
      const author = attempt === 1 ? device.name : `${device.name} ${attempt}`;
      const to = joinPath(directory, fittingName(index.names, conflictName(name, author, digest), entry));
      const step: DiskStep = { kind: 'move', from: path, to, expected: { kind: 'stamp', stamp } };
      const { steps } = await onDisk(disk, { kind: 'apply', root, steps: [step], needs: [[]] }, 'urgent');
      if (steps[0]?.kind !== 'done') continue;
      this.unsent(to, 'changed');
      const synced = index.entry(entry)?.synced;
      const parent = index.atPath(directory === '' ? [] : directory.split('/'));
      if (synced === undefined || parent === undefined || !samePlacement(standingPlace(synced), { parent, name }))
        return;
      const draft = new IndexDraft(index);
      draft.setSynced(entry, undefined);
      await this.#publisher.commit(draft, []);
      return;
    }
    this.unsent(path, 'changed');
  }
}

/** Directories with changes that were not sent: when others are heard of, these may turn out to be the same. */
export function unsentDirectories({ problems }: FolderContext): ReadonlySet<string> {
  const unsent = problems.list().filter(({ code }) => code === NOT_SENT);
  return new Set(unsent.map(({ path }) => splitPath(path).directory));
}
