import type { DeviceId, Digest, EntryId } from '../../../protocol/ids.ts';
import type { Entry } from '../../core/entry.ts';
import { giveUpVersion } from '../../core/lost-version.ts';
import { setRemote } from '../../core/remote-tree.ts';
import type { RegisterChange } from '../../core/settle.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import type { FolderContext } from '../context.ts';
import type { Publisher } from '../logs/publish.ts';
import { wantedPath } from './disk-tree.ts';

/**
 * All members have to say so often, and for so long, that they do not have a version before it is given up. Devices that
 * have an older one come first.
 */
const TIMES = 3;
const OLDER_HERE_MS = 10_000;
const NOTHING_HERE_MS = 20_000;

interface Sighting {
  readonly digest: Digest;
  readonly sinceMs: number;
  readonly times: number;
}

/**
 * Versions that the registers want and nobody has. Only the word of every member counts, each asked over a link, each
 * having looked through its whole disk: somebody who is away, or still scanning, may have it.
 */
export class LostVersions {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #sightings = new Map<EntryId, Sighting>();

  constructor(context: FolderContext, publisher: Publisher) {
    this.#context = context;
    this.#publisher = publisher;
  }

  /** A fetch was in vain. @param goneAt who said for certain that it is not there */
  note(entry: Entry, goneAt: ReadonlySet<DeviceId>): void {
    const { membership, device, clock } = this.#context;
    const others = membership.current.members.filter((member) => member.device !== device.id);
    const digest = entry.remote?.content.digest;
    const everybody = others.length > 0 && others.every((member) => goneAt.has(member.device));
    if (digest === undefined || !everybody) {
      this.#sightings.delete(entry.id);
      return;
    }
    const before = this.#sightings.get(entry.id);
    const sighting = before?.digest === digest ? before : { digest, sinceMs: clock.monotonicMs(), times: 0 };
    this.#sightings.set(entry.id, { ...sighting, times: sighting.times + 1 });
  }

  /** Gives up what has been looked for long enough. Runs inside a turn of the folder. */
  async giveUp(): Promise<void> {
    const { index, membership, device, logger } = this.#context;
    if (this.#sightings.size === 0 || !membership.mayWrite(device.id)) return;
    const draft = new IndexDraft(index);
    const changes: RegisterChange[] = [];
    for (const [id, sighting] of this.#sightings) {
      const entry = draft.entry(id);
      const content = entry?.remote?.content;
      if (entry?.remote === undefined || content?.digest !== sighting.digest) {
        this.#sightings.delete(id);
        continue;
      }
      if (!this.#isOver(entry, sighting)) continue;
      this.#sightings.delete(id);
      const change = giveUpVersion(entry);
      if (change === undefined) continue;
      logger.warn('no member has this version any more', { path: wantedPath(index, entry), digest: sighting.digest });
      setRemote(draft, id, { ...entry.remote, ...change });
      changes.push(change);
    }
    if (changes.length > 0) await this.#publisher.commit(draft, changes);
  }

  #isOver(entry: Entry, { sinceMs, times }: Sighting): boolean {
    const waitedMs = this.#context.clock.monotonicMs() - sinceMs;
    return times >= TIMES && waitedMs >= (entry.synced === undefined ? NOTHING_HERE_MS : OLDER_HERE_MS);
  }
}
