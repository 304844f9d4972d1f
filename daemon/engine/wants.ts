import type { EntryId } from '../../protocol/ids.ts';
import type { FileContent } from '../../protocol/registers.ts';
import type { PathProblem, StagedMetadata } from './disk/jobs.ts';

/** A file version wanted on this disk. */
export interface Want {
  readonly entry: EntryId;
  readonly content: FileContent;
  /** What is on this disk of the same entry: most of its chunks may be the same. */
  readonly before: { readonly path: string; readonly content: FileContent } | undefined;
}

export type FetchOutcome =
  | { readonly kind: 'staged'; readonly stage: string }
  /** Nobody who is connected has it. */
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'problem'; readonly problem: PathProblem };

/** The name of a version in the staging directory: the same after a restart, so that what is there is found. */
export function stageName(entry: EntryId, content: FileContent): string {
  return `${entry}-${content.digest.slice(0, 16)}`;
}

export function metadataOf(content: FileContent): StagedMetadata {
  return { size: content.size, executable: content.executable, mtimeNs: content.mtimeNs };
}

/** A failure of one file's work as its outcome; what concerns the whole folder (a lost root) is seen by the next scan. */
export function failed(error: unknown): Extract<FetchOutcome, { kind: 'problem' }> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'problem', problem: { code, message } };
}
