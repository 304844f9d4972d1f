/** What one side of a pair has used since it started. */
export interface Usage {
  /** Processor time of its processes, user and system, finished children included. */
  readonly cpuSeconds: number;
  /** Sum over its processes of the most memory each has held since `resetPeak`. */
  readonly peakBytes: number;
  /** Held now. */
  readonly residentBytes: number;
}

export interface Restart {
  /** Until it answers again. */
  readonly servingSeconds: number;
  /** Until it has scanned the unchanged folder and is in sync; undefined when it can't be told. */
  readonly verifiedSeconds: number | undefined;
}

/**
 * A tool that keeps `destination` equal to `source`, both on this machine, over loopback TCP. What is measured is the
 * time until the destination holds the new state, which is checked on the disk, alike for all.
 */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** Directory to change. */
  readonly source: string;
  /** Directory to watch. */
  readonly destination: string;
  /** Resolves when both sides run, are connected and share the (empty) folder. */
  start(): Promise<void>;
  /** Carries the change over, for a tool that does nothing by itself; resolves when done. */
  readonly push?: () => Promise<void>;
  /** Agrees at once to whatever either side asks its user about, until `over`. */
  readonly agree?: (over: AbortSignal) => Promise<void>;
  /** The source's side first. */
  usage(): readonly [Usage, Usage];
  /** Forgets the peaks so far. */
  resetPeak(): void;
  /** Bytes on the wire in both directions since start; undefined when they can't be told. */
  wireBytes(): number | undefined;
  /** Bytes of the databases and other state that each side keeps, the folder's own files left out. */
  stateBytes(): readonly [number, number] | undefined;
  /** Restarts the destination's side on an unchanged folder. */
  readonly restart?: () => Promise<Restart>;
  /** Stops everything; never rejects. */
  stop(): Promise<void>;
}

/** Where a contender may put its things. Empty and its own. */
export interface Place {
  readonly directory: string;
}

/** Makes the contender, or says why it can't take part. */
export type MakeContender = (place: Place) => Promise<Contender | { readonly missing: string }>;
