import type { EntryId } from '../../../protocol/ids.ts';
import { type Placement, sameStamp } from '../../core/entry.ts';
import { type Observation, observe } from '../../core/local-changes.ts';
import { underMeantTime } from '../../core/meant-time.ts';
import { identify, truePlace } from '../../core/names/identify.ts';
import { type RegisterChange, settleTree } from '../../core/settle.ts';
import type { Operation } from '../../effects/key-value-store.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import { folderKey } from '../../store/keys.ts';
import { Rewrites } from '../care/rewrites.ts';
import type { FolderContext } from '../context.ts';
import { splitPath } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import { Departures } from './departures.ts';
import { DirectoryPaths } from './directory-paths.ts';
import { keepNames } from './durable-names.ts';
import { ReaderChanges } from './reader-changes.ts';
import type { Ready } from './ready.ts';
import { fits, type GoneEntry } from './spotted.ts';

/**
 * Publishes what a scan found new, changed, moved or gone. What the index says may have changed since the scan looked: an
 * observation that no longer fits is dropped and its directory looked at again.
 */
export class Arrivals {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #again: (directory: string, id: EntryId) => void;
  readonly #rewrites: Rewrites;
  readonly #departures: Departures;
  #changed = 0;

  /**
   * @param again called with directories that have to be scanned once more
   * @param lookEverywhere given when not the whole folder is scanned: asks for that
   */
  constructor(
    context: FolderContext,
    publisher: Publisher,
    again: (directory: string, id: EntryId) => void,
    lookEverywhere: (() => void) | undefined,
  ) {
    this.#rewrites = new Rewrites(context, publisher, lookEverywhere);
    this.#departures = new Departures(context, publisher, lookEverywhere);
    this.#context = context;
    this.#publisher = publisher;
    this.#again = again;
  }

  /** After the last batch of a scan. Returns how many entries changed. */
  finish(): number {
    this.#rewrites.finish();
    const changed = this.#changed;
    this.#changed = 0;
    return changed;
  }

  /** @param absent what is gone, with the last batch of a scan */
  async publish(batch: readonly Ready[], absent?: readonly GoneEntry[]): Promise<void> {
    const { membership, device } = this.#context;
    const ready = membership.mayWrite(device.id) ? await this.#rewrites.admit(batch) : batch;
    if (ready.length === 0 && (absent ?? []).length === 0) {
      if (absent !== undefined) this.#departures.release();
      return;
    }
    await keepNames(this.#context, ready, absent ?? []);
    await this.#context.turn.take(async () => {
      const { index, membership, device } = this.#context;
      const draft = new IndexDraft(index);
      const paths = new DirectoryPaths(draft);
      const changes: RegisterChange[] = [];
      const rows: Operation[] = [];
      const reader = membership.mayWrite(device.id) ? undefined : new ReaderChanges(this.#context, this.#publisher);
      // Moves first: they free the names and ids that new entries may want.
      for (const item of ready.toSorted(
        (a, b) => Number(b.spotted.from !== undefined) - Number(a.spotted.from !== undefined),
      )) {
        this.#observe(draft, paths, item, changes, reader);
        for (const node of item.nodes) {
          rows.push({ kind: 'put', key: folderKey('m', index.number, node.id), value: node.bytes });
        }
      }
      // What is new here may stand where others have put something meanwhile.
      const placed = changes.flatMap(({ entry, location }) => (location === undefined ? [] : [entry]));
      changes.push(...settleTree(draft, placed, [], (author) => membership.nameOf(author)));
      const departed = absent && (await this.#departures.observe(draft, absent));
      await this.#publisher.commit(draft, [...changes, ...(departed?.changes ?? [])], rows);
      if (departed !== undefined) await this.#departures.committed(departed);
      this.#changed += departed?.entries ?? 0;
      await reader?.finish();
    });
  }

  #observe(
    draft: IndexDraft,
    paths: DirectoryPaths,
    item: Ready,
    changes: RegisterChange[],
    reader: ReaderChanges | undefined,
  ): void {
    const { spotted, stamp } = item;
    const { known, from, path } = spotted;
    const at: Placement = { parent: spotted.parent, name: spotted.name };
    const standing = draft.child(at.parent, at.name);
    // Written by us meanwhile: exactly what was seen.
    if (standing !== undefined && sameStamp(standing.stamp, stamp)) return;
    const { directory } = splitPath(path);
    const parentPath = paths.of(at.parent);
    // In a directory that a reader made for itself: it is shown, and what is in it is not.
    if (reader !== undefined && parentPath === undefined) return;
    if (reader !== undefined && standing !== undefined && known === undefined && spotted.replaces === true) {
      return reader.replaced(draft, standing.id, { path, stamp, content: item.content });
    }
    const left = from === undefined || fits(draft.child(from.parent, from.name), { known: from });
    if (parentPath !== directory || !fits(standing, spotted) || !left) return this.#lookAgain(item);
    const before = from?.id ?? known?.id;
    const agreed = before === undefined ? undefined : draft.entry(before)?.synced?.content;
    const content = underMeantTime(item.content, stamp, (from ?? known)?.stamp, agreed);
    const place =
      before === undefined
        ? identify(draft, at, content.kind)
        : { entry: before, ...truePlace(draft.entry(before), at) };
    const observation: Observation = { kind: 'present', ...place, content, stamp };
    if (reader === undefined) this.#take(draft, observation, path, changes);
    else reader.observe(draft, observation, path);
    if (from !== undefined && content.kind === 'directory') paths.forget();
  }

  #lookAgain({ spotted: { parent, path, from } }: Ready): void {
    this.#again(splitPath(path).directory, parent);
    // What was taken for a move is not among the deletions of this scan: another has to find that it is gone.
    if (from !== undefined) this.#again(splitPath(from.path).directory, from.parent);
  }

  #take(draft: IndexDraft, observation: Observation, path: string, changes: RegisterChange[]): void {
    const { membership, emit } = this.#context;
    const outcome = observe(draft, observation, (author) => membership.nameOf(author));
    changes.push(...outcome.changes);
    if (outcome.changes.length > 0) this.#changed += 1;
    if (outcome.conflict !== undefined) emit('conflict', { path });
  }
}
