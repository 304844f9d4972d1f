import type { EpochKeys } from '../../../protocol/epoch.ts';
import type { BuiltNode } from '../../../protocol/manifest.ts';
import type { Stamp } from '../../core/entry.ts';
import type { Segment } from '../../core/join-segments.ts';
import type { DiskNames } from '../../core/names/disk-names.ts';
import type { ApplyJob, StepOutcome } from './apply-job.ts';
import type { PathProblem, RootReference } from './root-reference.ts';

export interface ListedChild {
  readonly name: string;
  readonly stamp: Stamp;
}

export type Listed =
  | {
      readonly kind: 'listed';
      readonly children: readonly ListedChild[];
      /** Names that can not be synced, with the reason. */
      readonly skipped: readonly { readonly name: string; readonly problem: PathProblem }[];
      /** What stands under names that are none: it may be an entry that was renamed, and is not gone. */
      readonly unnamed: readonly Stamp[];
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'problem'; readonly problem: PathProblem };

export interface ListJob {
  readonly kind: 'list';
  readonly root: RootReference;
  readonly directories: readonly string[];
}

export interface ReadJob {
  readonly kind: 'read';
  readonly root: RootReference;
  readonly keys: EpochKeys;
  readonly files: readonly { readonly path: string; readonly kind: 'file' | 'symlink' }[];
  /** The wall clock now. */
  readonly nowNs: bigint;
  /** Files of this size and more are not read: they are read in parts. */
  readonly largeFrom: number;
}

export type ReadOutcome =
  | {
      readonly kind: 'file';
      readonly stamp: Stamp;
      /** 64 hex digits. */
      readonly digest: string;
      /** Nodes of the file's manifest, root last; none when the file is a single chunk. */
      readonly nodes: readonly BuiltNode[];
    }
  /** It has at least `largeFrom` bytes and holds still. */
  | { readonly kind: 'large'; readonly stamp: Stamp }
  | { readonly kind: 'symlink'; readonly stamp: Stamp; readonly digest: string; readonly target: string }
  /** It changed while it was read, or a moment before: read it again later. */
  | { readonly kind: 'unstable' }
  /** It is no longer there or is something else now. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'problem'; readonly problem: PathProblem };

/** Chunks of a part of a large file. */
export interface HashJob {
  readonly kind: 'hash';
  readonly root: RootReference;
  readonly keys: EpochKeys;
  readonly path: string;
  readonly stamp: Stamp;
  readonly from: number;
  readonly to: number;
}

export type HashOutcome =
  | { readonly kind: 'hashed'; readonly segment: Segment }
  | { readonly kind: 'unstable' }
  | { readonly kind: 'problem'; readonly problem: PathProblem };

/** After the parts: makes the file durable and looks whether it is still the same. */
export interface ConfirmJob {
  readonly kind: 'confirm';
  readonly root: RootReference;
  readonly path: string;
  readonly stamp: Stamp;
  /** The wall clock now. */
  readonly nowNs: bigint;
}

/** A part of a sealed chunk frame that belongs into a staged file. */
export interface StagedChunk {
  /** Name in the staging directory. */
  readonly stage: string;
  /** Where its plaintext goes. */
  readonly offset: number;
  readonly length: number;
  /** 64 hex digits. */
  readonly chunk: string;
  /** The sealed bytes in `frame`. */
  readonly start: number;
  readonly end: number;
  /** Set when the chunk is the whole file: it is finished at once. */
  readonly whole?: StagedMetadata;
}

export interface StagedMetadata {
  readonly size: number;
  readonly executable: boolean;
  readonly mtimeNs: bigint;
}

export interface StageJob {
  readonly kind: 'stage';
  readonly root: RootReference;
  readonly keys: EpochKeys;
  readonly frame: Uint8Array;
  readonly chunks: readonly StagedChunk[];
}

/** 'damaged': what the peer sent does not open or is not what was asked for. */
export type StageOutcome = 'ok' | 'damaged' | PathProblem;

/** Brings parts of a staged file over from files that are already here. */
export interface ReuseJob {
  readonly kind: 'reuse';
  readonly root: RootReference;
  readonly keys: EpochKeys;
  readonly stage: string;
  /** Chunks wanted, in file order. */
  readonly chunks: readonly { readonly chunk: string; readonly offset: number; readonly length: number }[];
  /** Where each may be found here: paths, and offsets in them. */
  readonly sources: readonly (readonly { readonly path: string; readonly offset: number }[])[];
  /** An earlier run staged some of them, which is looked at first. */
  readonly leftover: boolean;
  /** Set when nothing else is missing afterwards. */
  readonly whole?: StagedMetadata;
}

/** Indexes into `chunks` that are now in place. */
export interface ReuseResult {
  readonly done: readonly number[];
}

/** A staged file that has all its chunks gets its mode and time. */
export interface FinishJob {
  readonly kind: 'finish';
  readonly root: RootReference;
  readonly stage: string;
  readonly metadata: StagedMetadata;
}

/** Looks at the beginnings of staged files. */
export interface PeekJob {
  readonly kind: 'peek';
  readonly root: RootReference;
  readonly stages: readonly string[];
}

/** In the order of `stages`; undefined for what can not be read. */
export interface PeekResult {
  readonly encrypted: readonly (boolean | undefined)[];
}

export interface ServeJob {
  readonly kind: 'serve';
  readonly root: RootReference;
  readonly keys: EpochKeys;
  readonly items: readonly {
    readonly path: string;
    readonly stamp: Stamp;
    readonly chunk: string;
    readonly offset: number;
    readonly length: number;
  }[];
}

/** Sealed chunks back to back in `bytes`; a range of no length stands for one that is gone. */
export interface ServeResult {
  readonly bytes: Uint8Array;
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
}

/** Prepares sheaf's own directory in a root and says what an interrupted run left behind. */
export interface PrepareJob {
  readonly kind: 'prepare';
  readonly path: string;
  /** Writes the marker when it is not there, and finds out what the disk does with names; undefined only reads. */
  readonly marker: string | undefined;
}

export interface PrepareResult {
  readonly device: bigint;
  readonly inode: bigint;
  /** The marker found, or the one just written; undefined when there is none. */
  readonly marker: string | undefined;
  readonly parked: readonly string[];
  readonly staged: readonly string[];
  /** Undefined when only read. */
  readonly names: DiskNames | undefined;
}

/** Makes the names in some directories durable, or everything that is on the root's file system now. */
export interface SyncJob {
  readonly kind: 'sync';
  readonly root: RootReference;
  readonly directories: readonly string[] | 'all';
}

/** Deletes staged files that nobody wants any more, and trash that is too old or too much. */
export interface SweepJob {
  readonly kind: 'sweep';
  readonly root: RootReference;
  readonly unwantedStages: readonly string[];
  /** Trash put aside before this moment goes. */
  readonly trashBeforeMs: number;
  /** The oldest trash goes until this is left. */
  readonly trashLimitBytes: number;
}

/** Takes sheaf's own directory out of a root that is no longer synced, with all that is in it. */
export interface ForgetJob {
  readonly kind: 'forget';
  readonly root: RootReference;
}

/**
 * The work on one folder's disk, as data: made by the engine, done in a worker thread by synchronous code.
 * Paths are root-relative with '/' between names, '' for the root. Times are nanoseconds since 1970.
 */
export type DiskJob =
  | ListJob
  | ReadJob
  | HashJob
  | ConfirmJob
  | StageJob
  | ReuseJob
  | FinishJob
  | PeekJob
  | ServeJob
  | ApplyJob
  | PrepareJob
  | SyncJob
  | SweepJob
  | ForgetJob;

/** What each kind of job comes back with. */
export interface DiskResults {
  readonly list: { readonly kind: 'list'; readonly directories: readonly Listed[] };
  readonly read: { readonly kind: 'read'; readonly files: readonly ReadOutcome[] };
  readonly hash: { readonly kind: 'hash'; readonly outcome: HashOutcome };
  readonly confirm: { readonly kind: 'confirm'; readonly same: boolean };
  readonly stage: { readonly kind: 'stage'; readonly chunks: readonly StageOutcome[] };
  readonly reuse: { readonly kind: 'reuse' } & ReuseResult;
  readonly finish: { readonly kind: 'finish'; readonly outcome: StageOutcome };
  readonly peek: { readonly kind: 'peek' } & PeekResult;
  readonly serve: { readonly kind: 'serve' } & ServeResult;
  readonly apply: { readonly kind: 'apply'; readonly steps: readonly StepOutcome[] };
  readonly prepare: { readonly kind: 'prepare' } & PrepareResult;
  readonly sync: { readonly kind: 'sync' };
  readonly sweep: { readonly kind: 'sweep' };
  readonly forget: { readonly kind: 'forget' };
}

export type DiskResult = DiskResults[keyof DiskResults];
