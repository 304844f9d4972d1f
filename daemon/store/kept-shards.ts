import type { KeyValueStore, Operation } from '../effects/key-value-store.ts';
import { folderKey, unsigned32 } from './keys.ts';
import { rowsUnder } from './pages.ts';

/** What is stored of one register document. */
export interface KeptShard {
  /** Counters of the first change kept behind the snapshot, and of the one after the last. */
  readonly first: number;
  readonly next: number;
  /** 0: there is no snapshot. */
  readonly snapshotBytes: number;
}

const NOTHING: KeptShard = { first: 0, next: 0, snapshotBytes: 0 };
const ROW_BYTES = 12;
/** Of a key: kind, folder, epoch, shard. */
const KEY_BYTES = 13;
/** In the place of the number of documents while they are built anew: a run that ends meanwhile begins again. */
const UNFINISHED = 2 ** 32 - 1;

/**
 * What should be stored of the register documents of a folder, told apart from them: a database that lost rows shows
 * nothing of it, and a document that lost its end would give the numbers of its last changes to others. How many
 * documents there are is told once more, for the case that these rows are lost as well.
 */
export class KeptShards {
  readonly #store: KeyValueStore;
  readonly #folder: number;
  readonly #shards = new Map<string, KeptShard>();
  #loaded = false;
  #unfinished = false;

  constructor(store: KeyValueStore, folder: number) {
    this.#store = store;
    this.#folder = folder;
  }

  get loaded(): boolean {
    return this.#loaded;
  }

  get count(): number {
    return this.#shards.size;
  }

  /** Reads what is stored. Returns false when some of it is missing. */
  async load(): Promise<boolean> {
    this.forget();
    let count = 0;
    for (const [key, row] of await rowsUnder(this.#store, folderKey('o', this.#folder))) {
      const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
      if (key.length < KEY_BYTES) {
        count = view.getUint32(0);
        continue;
      }
      const name = new DataView(key.buffer, key.byteOffset, key.byteLength);
      this.#shards.set(nameOf(name.getUint32(5), name.getUint32(9)), {
        first: view.getUint32(0),
        next: view.getUint32(4),
        snapshotBytes: view.getUint32(8),
      });
    }
    this.#loaded = true;
    return count === this.#shards.size;
  }

  /** After a commit that failed: what is here is ahead of what is stored. */
  forget(): void {
    this.#shards.clear();
    this.#loaded = false;
    this.#unfinished = false;
  }

  /** All zeros for one that was never stored. */
  get(epoch: number, shard: number): KeptShard {
    return this.#shards.get(nameOf(epoch, shard)) ?? NOTHING;
  }

  /** To be committed together with what it tells of. */
  put(epoch: number, shard: number, kept: KeptShard): readonly Operation[] {
    const name = nameOf(epoch, shard);
    const isNew = !this.#shards.has(name);
    this.#shards.set(name, kept);
    const value = new Uint8Array(ROW_BYTES);
    const view = new DataView(value.buffer);
    view.setUint32(0, kept.first);
    view.setUint32(4, kept.next);
    view.setUint32(8, kept.snapshotBytes);
    const key = folderKey('o', this.#folder, unsigned32(epoch), unsigned32(shard));
    const row: Operation = { kind: 'put', key, value };
    return isNew && !this.#unfinished ? [row, this.#count(this.#shards.size)] : [row];
  }

  /** Everything is built anew from here on, until `finish`: to be committed before anything is deleted. */
  begin(): Operation {
    this.#shards.clear();
    this.#loaded = true;
    this.#unfinished = true;
    return this.#count(UNFINISHED);
  }

  finish(): Operation {
    this.#unfinished = false;
    return this.#count(this.#shards.size);
  }

  #count(count: number): Operation {
    return { kind: 'put', key: folderKey('o', this.#folder), value: unsigned32(count) };
  }
}

function nameOf(epoch: number, shard: number): string {
  return `${epoch}/${shard}`;
}
