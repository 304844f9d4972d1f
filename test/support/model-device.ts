import { type Entry, isDirty, wantedPlacement } from '../../daemon/core/entry.ts';
import { createMergeHost, type MergeJob, type MergeResult } from '../../daemon/core/merge/merge-jobs.ts';
import type { RegisterChange } from '../../daemon/core/settle.ts';
import { settleRegisters, takeRegisters } from '../../daemon/core/settle-registers.ts';
import type { KeyValueStore, Operation } from '../../daemon/effects/key-value-store.ts';
import { Documents } from '../../daemon/engine/logs/documents.ts';
import { FolderIndex } from '../../daemon/store/folder-index.ts';
import { IndexDraft } from '../../daemon/store/index-draft.ts';
import { utf8 } from '../../protocol/bytes.ts';
import { sha256Hex } from '../../protocol/crypto.ts';
import { type Digest, type EntryId, type FeedId, type FolderId, NO_DIGEST, ROOT_ENTRY } from '../../protocol/ids.ts';
import type { ShardChange } from '../../protocol/log-body.ts';
import type { Content } from '../../protocol/registers.ts';
import { createMemoryStore } from '../simulator/memory-store.ts';
import { entriesIn, wantsTree } from './index-recount.ts';
import { ModelDisk, type ModelNode, stampOf } from './model-disk.ts';
import { scanOnce, wholeDisk } from './model-scan.ts';

const FOLDER = 1;
const EPOCH = 1;
/** A few shards, so that entries share some and not others. */
const SHARD_BITS = 2;

/** One entry of a device's log, and how much of each device's log it follows. */
export interface ModelLogEntry {
  readonly author: number;
  readonly changes: readonly ShardChange[];
  readonly seen: readonly number[];
}

/** What bytes a digest stands for; every device of a world shares it, as if all chunks were everywhere. */
export type Bytes = Map<Digest, string>;

/** A device made of the parts that decide, on a disk that is a tree of names. */
export class ModelDevice {
  readonly index: FolderIndex;
  readonly store: KeyValueStore = createMemoryStore();
  readonly disk = new ModelDisk();
  readonly log: ModelLogEntry[] = [];
  /** Contents of files that were found equal at one place, and became one. */
  readonly collapsed = new Set<string>();
  /** How many entries of each device's log are merged here. */
  readonly have: number[];
  readonly #number: number;
  readonly #feed: FeedId;
  readonly #writes: boolean;
  readonly #bytes: Bytes;
  readonly #documents: Documents;

  /** @param writes false for a reader, which settles nothing and waits for those who may */
  constructor(number: number, devices: number, bytes: Bytes, writes = true) {
    this.#number = number;
    this.#feed = `${number + 1}`.padStart(32, '0') as FeedId;
    this.#writes = writes;
    this.#bytes = bytes;
    this.have = Array<number>(devices).fill(0);
    this.index = new FolderIndex(this.store, FOLDER);
    const host = createMergeHost({ maxResidentShards: number % 2 === 0 ? 1 : 16 });
    const worker = {
      run: async (job: MergeJob): Promise<MergeResult> => host(job),
      close: async (): Promise<void> => undefined,
    };
    const folder = { number: FOLDER, id: 'f'.repeat(64) as FolderId };
    this.#documents = new Documents(this.store, folder, SHARD_BITS, worker);
  }

  /** Looks at the whole disk and publishes what changed. */
  async scan(): Promise<void> {
    const { disk, index } = this;
    const context = {
      disk,
      index,
      contentOf: (node: ModelNode) => this.#contentOf(node),
      nameOf,
      onSettled: (changes: readonly RegisterChange[]) => this.#noteCollapsed(changes),
      commit: (draft: IndexDraft, changes: readonly RegisterChange[]) =>
        this.#commit(draft, this.#writes ? changes : []),
    };
    for (let start = wholeDisk(disk); start.length > 0; ) start = await scanOnce(context, start);
  }

  /** Merges entries of other devices, all that they follow being here or before them. */
  async receive(entries: readonly ModelLogEntry[]): Promise<void> {
    const changes = entries.flatMap((entry) =>
      entry.changes.map((change) => ({ ...change, actor: `${entry.author + 1}`.padStart(32, '0') as FeedId })),
    );
    const merged = await this.#documents.apply(EPOCH, changes);
    if (merged.refused.length > 0) throw new Error(`refused: ${merged.refused[0]?.reason}`);
    for (const { author } of entries) this.have[author] = (this.have[author] ?? 0) + 1;
    const draft = new IndexDraft(this.index);
    const settled = this.#writes
      ? settleRegisters(draft, merged.registers, nameOf)
      : takeRegisters(draft, merged.registers);
    this.#noteCollapsed(settled.changes);
    await this.#commit(draft, this.#writes ? settled.changes : [], merged.operations);
  }

  #noteCollapsed(settled: readonly RegisterChange[]): void {
    for (const { location } of settled) {
      const bytes = location?.kind === 'trash' ? this.#bytes.get(location.digest) : undefined;
      if (bytes !== undefined) this.collapsed.add(bytes);
    }
  }

  /**
   * Makes the disk what the registers want, at once; the disk must have just been scanned.
   * @param available false for bytes that nobody connected has at the moment
   */
  async apply(available: (digest: Digest) => boolean = () => true): Promise<void> {
    // A writer's settlement is on its way; a real plan would do the rest meanwhile.
    if (!this.#writes && !(await wantsTree(this.index))) return;
    const entries = await entriesIn(this.index);
    const nodes = this.#nodesByEntry(entries);
    const root = this.disk.directoryNode();
    const draft = new IndexDraft(this.index);
    const placed = new Set<EntryId>();
    const below = Map.groupBy(entries, (entry) => wantedPlacement(entry)?.parent);
    const place = (parent: EntryId, into: Map<string, ModelNode>): void => {
      for (const entry of below.get(parent) ?? []) {
        const placement = wantedPlacement(entry);
        const wanted = entry.remote?.content;
        if (placement === undefined || wanted === undefined) continue;
        if (into.has(placement.name)) throw new Error(`two entries want "${placement.name}" in ${parent}`);
        const here = wanted.kind === 'file' && !available(wanted.digest) ? entry.synced?.content : wanted;
        if (here === undefined || here.kind !== wanted.kind) continue;
        const node = this.#nodeFor(here, nodes.get(entry.id));
        into.set(placement.name, node);
        placed.add(entry.id);
        if (isDirty(entry)) draft.setSynced(entry.id, { placement, content: here, stamp: stampOf(node) });
        if (node.children !== undefined) place(entry.id, node.children);
      }
    };
    place(ROOT_ENTRY, root.children ?? new Map<string, ModelNode>());
    for (const { id, synced } of entries) if (synced !== undefined && !placed.has(id)) draft.setSynced(id, undefined);
    this.disk.root = root;
    await this.#commit(draft, []);
  }

  /** The node that stands for each entry that is on this disk, its children taken out. */
  #nodesByEntry(entries: readonly Entry[]): ReadonlyMap<EntryId, ModelNode> {
    const found = new Map<EntryId, ModelNode>();
    for (const { id } of entries) {
      const path = this.index.pathOf(id);
      const node = path === undefined ? undefined : this.disk.node(path.join('/'));
      if (node !== undefined) found.set(id, node);
    }
    for (const node of found.values()) node.children?.clear();
    return found;
  }

  #nodeFor(content: Content, old: ModelNode | undefined): ModelNode {
    if (content.kind === 'directory') return old?.children === undefined ? this.disk.directoryNode() : old;
    const bytes = this.#bytes.get(content.digest);
    if (bytes === undefined) throw new Error(`a version that nobody wrote: ${content.digest}`);
    const executable = content.kind === 'file' && content.executable;
    if (old === undefined || old.children !== undefined || old.bytes !== bytes)
      return this.disk.fileNode(bytes, content.mtimeNs, executable);
    if (old.mtimeNs === content.mtimeNs && old.executable === executable) return old;
    old.mtimeNs = content.mtimeNs;
    old.executable = executable;
    this.disk.touch(old);
    return old;
  }

  #contentOf(node: ModelNode): Content {
    const common = { base: '0'.repeat(16), author: `${this.#number + 1}`.padStart(16, '0'), time: 0 };
    if (node.children !== undefined) return { kind: 'directory', digest: NO_DIGEST, mtimeNs: 0n, ...common };
    const { bytes, mtimeNs, executable } = node;
    const digest = sha256Hex(utf8(bytes)) as Digest;
    this.#bytes.set(digest, bytes);
    return { kind: 'file', digest, mtimeNs, executable, size: bytes.length, epoch: EPOCH, manifest: false, ...common };
  }

  async #commit(draft: IndexDraft, changes: readonly RegisterChange[], also: readonly Operation[] = []): Promise<void> {
    const written = changes.length === 0 ? undefined : await this.#documents.write(this.#feed, EPOCH, changes);
    await this.store.write([...draft.operations(), ...also, ...(written?.operations ?? [])], { durable: true });
    this.#documents.committed();
    if (written === undefined || written.changes.length === 0) return;
    this.log.push({ author: this.#number, changes: written.changes, seen: [...this.have] });
    this.have[this.#number] = this.log.length;
  }
}

function nameOf(author: string): string {
  return `device ${Number(author)}`;
}
