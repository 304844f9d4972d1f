/**
 * Hints that something under a root may have changed. A watcher may report too much, too late, twice, or nothing at
 * all; scans are the truth. Directories are root-relative, joined with '/', '' for the root itself.
 * Compliance suite: `test/compliance/watcher.ts`.
 */
export type WatchHint =
  /** Names in this directory, or the files behind them, may have changed. */
  | { readonly kind: 'directory'; readonly directory: string }
  /** Anything at or below this directory may have changed. */
  | { readonly kind: 'subtree'; readonly directory: string }
  /** Events were or may have been lost: everything must be scanned. */
  | { readonly kind: 'overflow' }
  /** The watcher stopped; only scans see changes from now on. `reason` is for people. */
  | { readonly kind: 'failed'; readonly reason: string };

export interface Watch {
  close(): Promise<void>;
}

export interface Watcher {
  /**
   * Starts to watch the tree at `root` (an absolute real path), resolves when every change made afterwards would be
   * hinted at. Names in `ignored` directly below the root are not watched. Rejects when nothing can be watched.
   */
  watch(root: string, ignored: readonly string[], onHint: (hint: WatchHint) => void): Promise<Watch>;
}
