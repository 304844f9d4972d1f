import type { ResidentShard } from './resident-shard.ts';

/** The documents of one epoch of a folder; those of another epoch share nothing with them. */
export interface ShardSpace {
  readonly folder: string;
  readonly epoch: number;
}

interface Slot {
  readonly resident: ResidentShard;
  /** When it was put in. */
  readonly bytes: number;
}

/** The shards in memory, the least recently used first. It frees those that it drops. */
export class ShardCache {
  readonly #slots = new Map<string, Slot>();
  readonly #maxShards: number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxShards: number, maxBytes: number) {
    this.#maxShards = maxShards;
    this.#maxBytes = maxBytes;
  }

  has(space: ShardSpace, shard: number): boolean {
    return this.#slots.has(nameOf(space, shard));
  }

  /** Takes a shard out, for the caller to change it and put it back, or to free it. */
  take(space: ShardSpace, shard: number): ResidentShard | undefined {
    return this.#remove(nameOf(space, shard));
  }

  /** The shard must not be in. Drops others while there are too many; the last one stays, however large. */
  put(space: ShardSpace, shard: number, resident: ResidentShard): void {
    const bytes = resident.approximateBytes;
    this.#slots.set(nameOf(space, shard), { resident, bytes });
    this.#bytes += bytes;
    for (const name of this.#slots.keys()) {
      const fits = this.#slots.size <= this.#maxShards && this.#bytes <= this.#maxBytes;
      if (fits || this.#slots.size === 1) break;
      this.#remove(name)?.free();
    }
  }

  drop(space: ShardSpace, shard: number): void {
    this.take(space, shard)?.free();
  }

  dropFolder(folder: string): void {
    const prefix = `${folder}/`;
    for (const name of [...this.#slots.keys()]) {
      if (name.startsWith(prefix)) this.#remove(name)?.free();
    }
  }

  /** Numbers of the shards that are in, ascending. */
  residentOf(space: ShardSpace): readonly number[] {
    const prefix = nameOf(space, '');
    const names = [...this.#slots.keys()].filter((name) => name.startsWith(prefix));
    return names.map((name) => Number(name.slice(prefix.length))).sort((left, right) => left - right);
  }

  #remove(name: string): ResidentShard | undefined {
    const slot = this.#slots.get(name);
    if (slot === undefined) return undefined;
    this.#slots.delete(name);
    this.#bytes -= slot.bytes;
    return slot.resident;
  }
}

function nameOf({ folder, epoch }: ShardSpace, shard: number | ''): string {
  return `${folder}/${epoch}/${shard}`;
}
