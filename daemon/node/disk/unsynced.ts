import { fsyncSync } from 'node:fs';
import type { Anchor } from './anchor.ts';

/**
 * Stands in for `syncfs` where there is none: files are then made durable one by one as they are closed, and the
 * directories whose names changed are remembered here until somebody asks for a sync or closes them.
 * Each thread remembers its own; a directory that another thread still holds open is synced when that thread closes it.
 */
export class UnsyncedDirectories {
  readonly #changed = new Set<Anchor>();

  note(anchor: Anchor): void {
    this.#changed.add(anchor);
  }

  /** To be called before `anchor` is closed. */
  settle(anchor: Anchor): void {
    if (this.#changed.delete(anchor)) syncNames(anchor);
  }

  settleAll(): void {
    for (const anchor of [...this.#changed]) this.settle(anchor);
  }
}

/** Makes the names in a directory durable. Windows opens no directories for that; NTFS keeps names in a journal. */
export function syncNames(anchor: Anchor): void {
  anchor.withHandle(fsyncSync);
}
