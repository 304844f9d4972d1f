import type { EntryId } from '../../../protocol/ids.ts';
import type { Content, FileContent, SymlinkContent } from '../../../protocol/registers.ts';
import type { Placement } from '../entry.ts';

/** An entry at a place, with what it holds. */
export interface Standing {
  readonly placement: Placement;
  readonly content: Content;
}

/** One dirty entry: where it is on disk now, and where it should be. */
export interface Change {
  readonly entry: EntryId;
  /** Undefined when it is not on disk. */
  readonly before: Standing | undefined;
  /** Undefined when it should be gone. */
  readonly after: Standing | undefined;
}

/** What is on disk now, as last agreed (the synced tree). It includes the entries of the batch, as they are before it. */
export interface DiskTree {
  /** Undefined for the root and for an entry that is not on disk. */
  placementOf(entry: EntryId): Placement | undefined;
  /** False for a file, for a symlink and for an entry that is not on disk. Never asked about the root. */
  isDirectory(entry: EntryId): boolean;
  /**
   * The entry at this place. On a disk that ignores case or normal form it also finds one whose name only differs in
   * those; an exact match comes first.
   */
  childNamed(parent: EntryId, name: string): EntryId | undefined;
  /** The entries directly below a directory, in any order. */
  children(entry: EntryId): readonly EntryId[];
}

/** What a file or a symlink holds. */
export type LeafContent = FileContent | SymlinkContent;

/**
 * One action on the disk. A placement names its parent by id: resolve it when the step is executed, against the disk as
 * the steps before left it. While a directory is parked, what is below it is reached through the parking directory.
 */
export type Step =
  | { readonly kind: 'make-directory'; readonly entry: EntryId; readonly at: Placement }
  /** Rename into the hidden parking directory, under the entry's id. A later step of the same plan moves it on. */
  | { readonly kind: 'park'; readonly entry: EntryId; readonly from: Placement }
  | { readonly kind: 'move'; readonly entry: EntryId; readonly from: Placement | 'parked'; readonly to: Placement }
  /** Put a staged file or symlink at a free name. */
  | { readonly kind: 'create'; readonly entry: EntryId; readonly at: Placement; readonly content: LeafContent }
  /** Put a staged file or symlink over the old version of the same entry. */
  | { readonly kind: 'replace'; readonly entry: EntryId; readonly at: Placement; readonly content: LeafContent }
  /** The bytes stay; only the mode or the time differ. */
  | { readonly kind: 'set-metadata'; readonly entry: EntryId; readonly at: Placement; readonly content: LeafContent }
  /** Put a file or a symlink into the trash. */
  | { readonly kind: 'trash'; readonly entry: EntryId; readonly from: Placement; readonly recursive: false }
  /** Remove a directory that the steps before have emptied. */
  | { readonly kind: 'remove-directory'; readonly entry: EntryId; readonly from: Placement };

/**
 * Why a change cannot be part of this plan:
 * - `parent-missing`: the directory it belongs in (the blocker) is not on disk as a directory;
 * - `occupied`: the blocker stands at the wanted place and does not leave it in this batch;
 * - `not-empty`: the blocker is in the directory that should go, and does not leave it in this batch;
 * - `into-itself`: the blocker, which it should move into, would be below it; what takes it out is not in the batch.
 */
export type PostponeReason = 'parent-missing' | 'occupied' | 'not-empty' | 'into-itself';

export interface Postponed {
  readonly entry: EntryId;
  readonly reason: PostponeReason;
  readonly blocker: EntryId;
}

export interface Plan {
  /** In the order to execute. */
  readonly steps: readonly Step[];
  /** Changes of which no step is in the plan, by entry id. */
  readonly postponed: readonly Postponed[];
}
