import { createHash } from 'node:crypto';

/** Contents up to this size stand for themselves in messages. */
const SHOWN_BYTES = 60;

/** A short name for bytes, equal for equal ones only. */
export function nameOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SHOWN_BYTES)).toString('latin1');
  if (bytes.length <= SHOWN_BYTES) return text;
  // '…' is beyond latin1: no short content has this name.
  return `${text.slice(0, 12)}…${bytes.length}#${createHash('sha1').update(bytes).digest('hex').slice(0, 16)}`;
}

/**
 * What the people of a world did to contents: the oracle of what may be lost. It knows nothing of the devices' clocks
 * or registers.
 */
export class Ledger {
  /** Every content that somebody, or a power cut, left at a path: the only ones that may ever stand at one. */
  readonly #seen = new Set<string>(['']);
  /** Contents that must not be lost, and where each was made. */
  readonly #kept = new Map<string, string>();
  /** Contents that somebody replaced or deleted while they stood on the disk before them. */
  readonly #given = new Set<string>();
  readonly #onlookers = new Set<string>();
  /** Directories with names of their own, by name, that nobody removed. */
  readonly directories = new Map<string, string>();
  /** Grows with everything that is entered. */
  entries = 0;
  #versions = 0;

  /** Bytes that nobody wrote before, at least `size` of them. */
  fresh(size: number): Uint8Array {
    this.#versions += 1;
    const text = `v${this.#versions};`;
    if (size <= text.length) return Buffer.from(text);
    const bytes = Buffer.alloc(size, text);
    // Long contents must not repeat, or all their chunks would be one.
    for (let at = text.length; at + 4 <= size && size > 1024; at += 4096)
      bytes.writeUInt32LE((at * 2654435761) >>> 0, at);
    return bytes;
  }

  /** @param unique false for bytes that may stand elsewhere too, as after a truncation */
  wrote(bytes: Uint8Array, where: string, unique = true): void {
    const name = nameOf(bytes);
    this.entries += 1;
    this.#seen.add(name);
    if (unique) this.#kept.set(name, where);
  }

  gaveUp(bytes: Uint8Array): void {
    this.#given.add(nameOf(bytes));
  }

  isKnown(bytes: Uint8Array): boolean {
    return this.#seen.has(nameOf(bytes));
  }

  /** Contents that have to be somewhere, with where they were made. */
  owed(): ReadonlyMap<string, string> {
    return new Map([...this.#kept].filter(([name]) => !this.#given.has(name)));
  }

  /** Contents of this name were written by somebody who may not write for others, and by nobody else. */
  isOnlookers(name: string): boolean {
    return this.#seen.has(name) && this.#onlookers.has(name);
  }

  /** Written by somebody who may not write for others: it may stand on his own disk. */
  scribbled(bytes: Uint8Array, unique: boolean): void {
    const name = nameOf(bytes);
    this.entries += 1;
    if (unique && !this.#seen.has(name)) this.#onlookers.add(name);
    this.#seen.add(name);
  }

  /** Old versions, short ones, for those who bring them back. */
  versions(): readonly Uint8Array[] {
    return [...this.#kept.keys()].filter((name) => !name.includes('…')).map((name) => Buffer.from(name, 'latin1'));
  }
}

/** What is entered by somebody who may not write for others: nothing that he does gives up, or makes, what is theirs. */
export class OnlookerLedger extends Ledger {
  readonly #shared: Ledger;

  constructor(shared: Ledger) {
    super();
    this.#shared = shared;
  }

  override fresh(size: number): Uint8Array {
    return this.#shared.fresh(size);
  }

  override wrote(bytes: Uint8Array, _where: string, unique = true): void {
    this.#shared.scribbled(bytes, unique);
  }

  override gaveUp(): void {
    // The others have it still.
  }

  override isKnown(bytes: Uint8Array): boolean {
    return this.#shared.isKnown(bytes);
  }

  override versions(): readonly Uint8Array[] {
    return this.#shared.versions();
  }
}
