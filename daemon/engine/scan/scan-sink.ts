import type { EpochKeys } from '../../../protocol/epoch.ts';
import { type Digest, type EntryId, NO_DIGEST } from '../../../protocol/ids.ts';
import type { Content } from '../../../protocol/registers.ts';
import { baseOf, clampMtime, type Stamp } from '../../core/entry.ts';
import { identify } from '../../core/names/identify.ts';
import { currentKeys, type FolderContext, onDisk } from '../context.ts';
import { authorOf } from '../device.ts';
import type { ReadOutcome } from '../disk/jobs.ts';
import { splitPath } from '../disk/places.ts';
import type { PathProblem } from '../disk/root-reference.ts';
import type { Publisher } from '../logs/publish.ts';
import { Arrivals } from './arrivals.ts';
import { ContentMoves } from './content-moves.ts';
import { largeFrom, readLarge } from './large-file.ts';
import type { Ready } from './ready.ts';
import type { GoneEntry, Spotted } from './spotted.ts';

/** Files read by one job: enough work to be worth the trip, little enough to share two workers fairly. */
const READ_FILES = 256;
const READ_BYTES = 32 * 1024 * 1024;
const READS_AT_ONCE = 3;

/**
 * Entries published at once. Every batch touches most shards, so larger batches cost less an entry; the largest keeps a
 * turn below about half a second. The first are small, each twice the one before, so that others begin with what is
 * found first while the rest is read here.
 */
const PUBLISH_FIRST_ENTRIES = 512;
const PUBLISH_MOST_ENTRIES = 8192;

/**
 * Takes the differences of a scan, reads what has to be read, and publishes in batches. What the index says may have
 * changed since the scan looked: an observation that no longer fits is dropped and its directory looked at again.
 */
export class ScanSink {
  readonly #context: FolderContext;
  readonly #again: (directory: string, id: EntryId) => void;
  readonly #troubled: (path: string, code: string) => void;
  readonly #keys: EpochKeys;
  #files: Spotted[] = [];
  #filesBytes = 0;
  readonly #reading = new Set<Promise<void>>();
  #ready: Ready[] = [];
  #publishing: Promise<void> = Promise.resolve();
  readonly #moves: ContentMoves;
  #absent: GoneEntry[] = [];
  #publishFrom = PUBLISH_FIRST_ENTRIES;
  #failure: unknown;
  readonly #arrivals: Arrivals;

  /**
   * @param again called with directories that have to be scanned once more
   * @param troubled called with what could not be read
   * @param lookEverywhere given when not the whole folder is scanned: asks for that
   */
  constructor(
    context: FolderContext,
    publisher: Publisher,
    again: (directory: string, id: EntryId) => void,
    troubled: (path: string, code: string) => void,
    lookEverywhere: (() => void) | undefined,
  ) {
    this.#context = context;
    this.#arrivals = new Arrivals(context, publisher, again, lookEverywhere);
    this.#again = again;
    this.#troubled = troubled;
    this.#keys = currentKeys(context);
    this.#moves = new ContentMoves(context.index);
  }

  async changed(spotted: Spotted): Promise<void> {
    if (spotted.stamp.kind === 'directory') this.#add({ spotted, ...this.#directoryContent(), stamp: spotted.stamp });
    else await this.#read(spotted);
  }

  /** Returns the entry id of a new directory, so that what is in it can be placed. */
  async appeared(spotted: Spotted): Promise<EntryId | undefined> {
    if (spotted.stamp.kind !== 'directory') {
      await this.#read(spotted);
      return undefined;
    }
    const { index } = this.#context;
    const { entry } = identify(index, { parent: spotted.parent, name: spotted.name }, 'directory');
    this.#add({ spotted, ...this.#directoryContent(), stamp: spotted.stamp });
    await this.#publishWhenMany();
    return entry;
  }

  async moved(spotted: Spotted): Promise<void> {
    const content =
      spotted.from === undefined ? undefined : this.#context.index.entry(spotted.from.id)?.synced?.content;
    if (content === undefined) this.#lookAgain(spotted);
    else this.#add({ spotted, content, stamp: spotted.stamp, nodes: [] });
    await this.#publishWhenMany();
  }

  /** Entries that are gone so far; the same map as the scan's, so that a recognised move is not deleted as well. */
  expectMoves(gone: Map<EntryId, GoneEntry>): void {
    this.#moves.expect(gone);
  }

  async gone(entry: GoneEntry): Promise<void> {
    this.#absent.push(entry);
    await Promise.resolve();
  }

  /** Resolves when everything is read: then all moves are recognised. Throws what went wrong on the way. */
  async flush(): Promise<void> {
    this.#startRead();
    while (this.#reading.size > 0) await Promise.race(this.#reading);
    await this.#publishing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Publishes what is left, and the deletions. Returns how many entries changed in all. */
  async finish(): Promise<number> {
    await this.flush();
    const [ready, absent] = [this.#ready, this.#absent];
    this.#ready = [];
    this.#absent = [];
    await this.#arrivals.publish(ready, absent);
    return this.#arrivals.finish();
  }

  #directoryContent(): Pick<Ready, 'content' | 'nodes'> {
    return { content: { kind: 'directory', digest: NO_DIGEST, mtimeNs: 0n, ...this.#signature() }, nodes: [] };
  }

  #signature(): Pick<Content, 'base' | 'author' | 'time'> {
    const { device, clock } = this.#context;
    return { base: baseOf(undefined), author: authorOf(device.id), time: clock.now() };
  }

  #add(ready: Ready): void {
    this.#ready.push(ready);
  }

  async #read(spotted: Spotted): Promise<void> {
    this.#files.push(spotted);
    this.#filesBytes += spotted.stamp.size;
    if (this.#files.length < READ_FILES && this.#filesBytes < READ_BYTES) return;
    this.#startRead();
    while (this.#reading.size >= READS_AT_ONCE) await Promise.race(this.#reading);
    await this.#publishWhenMany();
  }

  #startRead(): void {
    const files = this.#files;
    if (files.length === 0) return;
    this.#files = [];
    this.#filesBytes = 0;
    const reading = this.#readBatch(files)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
  }

  async #readBatch(files: readonly Spotted[]): Promise<void> {
    const { disk, root, clock } = this.#context;
    const result = await onDisk(disk, {
      kind: 'read',
      root,
      keys: this.#keys,
      files: files.map(({ path, stamp }) => ({ path, kind: stamp.kind === 'symlink' ? 'symlink' : 'file' })),
      nowNs: BigInt(clock.now()) * 1_000_000n,
      largeFrom: largeFrom(this.#context),
    });
    const large: { readonly spotted: Spotted; readonly stamp: Stamp }[] = [];
    for (const [index, spotted] of files.entries()) {
      const outcome = result.files[index];
      if (outcome?.kind === 'large') large.push({ spotted, stamp: outcome.stamp });
      else if (outcome !== undefined) this.#takeRead(spotted, outcome);
    }
    // The others need not wait for it.
    if (large.length > 0) this.#publishReady();
    for (const { spotted, stamp } of large) {
      this.#takeRead(spotted, await readLarge(this.#context, this.#keys, spotted.path, stamp));
    }
  }

  /** A directory or a file that could not be read: it is shown, and tried again later. */
  unreadable(path: string, { code, message }: PathProblem): void {
    const { problems, emit } = this.#context;
    if (problems.report(path, code, message)) emit('problem', { path, detail: { code } });
    this.#troubled(path, code);
  }

  #takeRead(spotted: Spotted, outcome: ReadOutcome): void {
    const { problems } = this.#context;
    switch (outcome.kind) {
      case 'file': {
        const { stamp, nodes } = outcome;
        const content: Content = {
          kind: 'file',
          digest: outcome.digest as Digest,
          mtimeNs: clampMtime(stamp.mtimeNs),
          executable: stamp.executable,
          size: stamp.size,
          epoch: this.#keys.epoch,
          manifest: nodes.length > 0,
          ...this.#signature(),
        };
        problems.clear(spotted.path);
        return this.#add({ spotted: this.#moves.recognise(spotted, outcome.digest), content, stamp, nodes });
      }
      case 'symlink': {
        const { stamp, target } = outcome;
        const digest = outcome.digest as Digest;
        const mtimeNs = clampMtime(stamp.mtimeNs);
        const content: Content = { kind: 'symlink', digest, mtimeNs, target, ...this.#signature() };
        problems.clear(spotted.path);
        return this.#add({ spotted, content, stamp, nodes: [] });
      }
      case 'large':
      case 'unstable':
      case 'gone':
        return this.#lookAgain(spotted);
      case 'problem':
        return this.unreadable(spotted.path, outcome.problem);
    }
  }

  #lookAgain(spotted: Spotted): void {
    this.#again(splitPath(spotted.path).directory, spotted.parent);
    // Where it came from shows that it is gone, if it is: it was left out there.
    if (spotted.from !== undefined) this.#again(splitPath(spotted.from.path).directory, spotted.from.parent);
  }

  async #publishWhenMany(): Promise<void> {
    if (this.#ready.length < this.#publishFrom) return;
    this.#publishFrom = Math.min(PUBLISH_MOST_ENTRIES, 2 * this.#publishFrom);
    const before = this.#publishing;
    this.#publishReady();
    // One batch may be under way while the next is read; more would only pile up.
    await before;
  }

  #publishReady(): void {
    const ready = this.#ready;
    if (ready.length === 0) return;
    this.#ready = [];
    this.#publishing = this.#publishing.then(() =>
      this.#arrivals.publish(ready).catch((error: unknown) => {
        this.#failure ??= error;
      }),
    );
  }
}
