/**
 * The part of the local API that asks people to decide and that explains: held batches, conflicts, damage, and why a
 * path is not in sync. Conventions are those of local-api.ts.
 */

/** A batch that a person has to approve or reject, because it would delete or rewrite much of a folder. */
export interface HeldBatch {
  /** What `approve` and `reject` take. Another one as soon as the batch is of another size. */
  readonly id: string;
  /** Name of the folder. */
  readonly folder: string;
  /** 'sending': changed on this disk and not told the others. 'receiving': changed by others and not on this disk. */
  readonly direction: 'sending' | 'receiving';
  /** A rewrite counts when its bytes look encrypted. */
  readonly code: 'mass-deletion' | 'mass-rewrite';
  /** Entries it would delete or rewrite. */
  readonly changes: number;
  /** Entries of the folder on this disk, those among them. */
  readonly entries: number;
  /** What happened, in one line. */
  readonly message: string;
  readonly since: string;
}

/** A held batch with some of what it is about. */
export interface PendingBatch extends HeldBatch {
  /** Up to 20 paths, the topmost ones first. */
  readonly paths: readonly string[];
}

export interface DecideRequest {
  /** Id of a held batch. */
  readonly id: string;
}

/** Which version goes on. 'ours' is the one this device wrote, or, when it wrote neither, the one at the path. */
export type KeepVersion = 'ours' | 'theirs' | 'both' | 'newest';

export interface ConflictVersion {
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly bytes: number;
  readonly modified: string;
  /** Name of the device that wrote it. */
  readonly device: string;
  /** True when that is this device. */
  readonly ours: boolean;
  /** When it told the others. */
  readonly published: string;
}

/** A file that was changed in two places: one version at the path, one in a conflict copy beside it. Paths from the root. */
export interface ConflictInfo {
  readonly folder: string;
  readonly path: string;
  readonly copy: string;
  /** Null when nothing stands at the path any more. */
  readonly atPath: ConflictVersion | null;
  readonly inCopy: ConflictVersion;
}

export interface ConflictsRequest {
  readonly folder?: string;
  /** Of paths; without it all. */
  readonly pattern?: string;
}

export interface ResolveRequest {
  readonly folder?: string;
  readonly pattern: string;
  readonly keep: KeepVersion;
  /** True only says what would be done. */
  readonly dryRun: boolean;
}

export interface ResolvedConflict {
  readonly folder: string;
  readonly path: string;
  readonly copy: string;
  /** Which of the two stays; of 'both' the copy gets a name of its own. */
  readonly kept: 'path' | 'copy' | 'both';
}

export interface ResolveResult {
  readonly resolved: readonly ResolvedConflict[];
  /** Copies that could not be resolved now. */
  readonly problems: readonly (WhyReason & { readonly path: string })[];
}

export interface VerifyRequest {
  readonly folder?: string;
  /** True replaces damaged files by good ones from other devices. */
  readonly heal: boolean;
}

export interface DamagedFile {
  readonly folder: string;
  readonly path: string;
  readonly healed: boolean;
  readonly message: string;
}

export interface VerifyResult {
  /** Read and compared. */
  readonly files: number;
  readonly bytes: number;
  /** Changed since the last scan, so that there is nothing to compare with. */
  readonly skipped: number;
  readonly damaged: readonly DamagedFile[];
}

export interface WhyRequest {
  /** Absolute. */
  readonly path: string;
}

export interface WhyReason {
  readonly code: string;
  readonly message: string;
}

export interface WhyResult {
  readonly folder: string;
  /** From the folder's root, '' for the root itself. */
  readonly path: string;
  readonly inSync: boolean;
  readonly reasons: readonly WhyReason[];
}
