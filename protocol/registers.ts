import type { Digest, EntryId } from './ids.ts';

/** Where an entry is, or where it was when it was deleted and which content the deletion meant. */
export type Location =
  | { readonly kind: 'live'; readonly parent: EntryId; readonly name: string }
  | { readonly kind: 'trash'; readonly parent: EntryId; readonly name: string; readonly digest: Digest };

interface ContentCommon {
  /** Names the bytes; see `Digest`. */
  readonly digest: Digest;
  /** Nanoseconds since 1970; may be negative. 0 for directories. */
  readonly mtimeNs: bigint;
  /** First 8 bytes (16 hex digits) of the digest this version was made from; zeros when it is the first. */
  readonly base: string;
  /** First 8 bytes (16 hex digits) of the author's DeviceId. */
  readonly author: string;
  /** The author's wall clock when it published, milliseconds since 1970. For people only. */
  readonly time: number;
}

export interface FileContent extends ContentCommon {
  readonly kind: 'file';
  readonly executable: boolean;
  /** Bytes, 0 … 2^53 - 1. */
  readonly size: number;
  /** Epoch whose keys made the digest and the chunk ids. */
  readonly epoch: number;
  /** True when `digest` is the id of a manifest's root node, false when it is the id of the file's only chunk. */
  readonly manifest: boolean;
}

export interface DirectoryContent extends ContentCommon {
  readonly kind: 'directory';
}

export interface SymlinkContent extends ContentCommon {
  readonly kind: 'symlink';
  /** The link's text, verbatim; at most 4,095 bytes of UTF-8. */
  readonly target: string;
}

/** What an entry is: one version of it. */
export type Content = FileContent | DirectoryContent | SymlinkContent;
