import type { DeviceId, EntryId } from '../../../protocol/ids.ts';
import type { FileContent } from '../../../protocol/registers.ts';
import { type Entry, sameBytes, wantedPlacement } from '../../core/entry.ts';
import type { FolderIndex } from '../../store/folder-index.ts';
import type { StagedMetadata } from '../disk/jobs.ts';
import type { PathProblem } from '../disk/root-reference.ts';

/** A file version wanted on this disk. */
export interface Want {
  readonly entry: EntryId;
  readonly content: FileContent;
  /** What is on this disk of the same entry: most of its chunks may be the same. */
  readonly before: { readonly path: string; readonly content: FileContent } | undefined;
}

/** What has to be fetched for an entry to be as the registers want it, if anything. */
export function wantOf(index: FolderIndex, entry: Entry): Want | undefined {
  const content = entry.remote?.content;
  if (content?.kind !== 'file' || wantedPlacement(entry) === undefined) return undefined;
  const here = entry.synced?.content;
  if (here !== undefined && sameBytes(here, content)) return undefined;
  const path = here?.kind === 'file' ? index.pathOf(entry.id) : undefined;
  const before = here?.kind === 'file' && path !== undefined ? { path: path.join('/'), content: here } : undefined;
  return { entry: entry.id, content, before };
}

export type FetchOutcome =
  | { readonly kind: 'staged'; readonly stage: string }
  /** Nobody who is connected can give it; these said that they do not have it. */
  | { readonly kind: 'unavailable'; readonly goneAt: ReadonlySet<DeviceId> }
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
