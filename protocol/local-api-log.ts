/** The part of the local API that tells what happened, from the signed logs. Conventions are those of local-api.ts. */

export type LogAction =
  | 'created'
  | 'edited'
  /** Only its time or mode was changed. */
  | 'touched'
  /** To another name in its directory. */
  | 'renamed'
  /** To another directory. */
  | 'moved'
  | 'deleted'
  /** It had been deleted. */
  | 'restored'
  /** A version, or an entry whose name another one got, goes on under the name of a conflict copy. */
  | 'conflict-copy'
  /** Several devices had changed it at once: this says which of the changes counts. */
  | 'settled';

export interface LogRequest {
  readonly folder?: string;
  /** Pattern of paths, or a path with all below it. Chosen are entries that are or ever were there. */
  readonly path?: string;
  /** Name or id of a device. */
  readonly by?: string;
  readonly since?: string;
  /** At most this many lines, the newest ones. */
  readonly limit: number;
}

/** One change of one entry. */
export interface LogItem {
  readonly folder: string;
  /** When it was told to the others, by the clock of the device that did it. */
  readonly time: string;
  /** Name of the device that did it. */
  readonly device: string;
  /** True when that is this device. */
  readonly ours: boolean;
  readonly action: LogAction;
  /** Null when the entry was never completely known here. */
  readonly kind: 'file' | 'directory' | 'symlink' | null;
  /**
   * Where that left the entry, or where it was when it was deleted. What has no place of its own (an edit) is shown where the entry is
   * now, and so are the directories of all paths.
   */
  readonly path: string;
  /** Where it was before, when it is that the line tells; null otherwise. */
  readonly from: string | null;
  /** Of the version that was written; null when none was, and for what is no file. */
  readonly bytes: number | null;
  /** Whose version a conflict copy keeps or a settled conflict comes to: the name of a device. Null otherwise. */
  readonly author: string | null;
}
