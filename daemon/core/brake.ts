/** What a batch would do to a folder, counted before any of it is done. All are whole numbers, 0 or more. */
export interface BatchCounts {
  /** Entries that live in the folder before the batch. */
  readonly entriesInFolder: number;
  /** Entries that the batch takes away. A move is none. */
  readonly deletions: number;
  /** Entries whose bytes the batch replaces. */
  readonly rewrites: number;
  /** Those of the rewrites whose new bytes look random, and are of no known compressed format. */
  readonly highEntropyRewrites: number;
}

export type BrakeCode = 'mass-deletion' | 'mass-rewrite';

export type Judgement =
  | { readonly held: false }
  | { readonly held: true; readonly code: BrakeCode; readonly message: string };

/** Deleting some dozen files is everyday work even where it is most of a small folder. */
export const BRAKE_FLOOR_ENTRIES = 50;
/** A quarter of a folder is seldom deleted at once on purpose, and when it is, approving it takes one command. */
export const BRAKE_DELETED_SHARE = 0.25;
/** Above what a batch export or a re-encoding of part of a folder does; what encrypts files for ransom goes through all. */
export const BRAKE_REWRITTEN_SHARE = 0.3;

/**
 * Says whether a batch has to wait until a person approves it. The same rule holds for what this device would publish
 * and for what it would apply. Deletions are judged first: they are what a person most likely has to undo.
 */
export function judgeBatch(counts: BatchCounts): Judgement {
  const { entriesInFolder, deletions, rewrites, highEntropyRewrites } = counts;
  if (exceeds(deletions, entriesInFolder, BRAKE_DELETED_SHARE)) {
    return hold('mass-deletion', `It would delete ${deletions} of the folder's ${entriesInFolder} entries.`);
  }
  if (exceeds(highEntropyRewrites, entriesInFolder, BRAKE_REWRITTEN_SHARE)) {
    const scope = `It would rewrite ${rewrites} of the folder's ${entriesInFolder} entries`;
    return hold('mass-rewrite', `${scope}, ${highEntropyRewrites} of them with bytes that look encrypted.`);
  }
  return { held: false };
}

function exceeds(count: number, entriesInFolder: number, share: number): boolean {
  return count > Math.max(BRAKE_FLOOR_ENTRIES, share * entriesInFolder);
}

function hold(code: BrakeCode, what: string): Judgement {
  const message = `The batch is held. ${what} See it with "sheaf pending", then approve or reject it.`;
  return { held: true, code, message };
}
