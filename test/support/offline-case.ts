/** Something two devices do apart, and what must come of it when they meet. */
export interface Sides {
  /** Paths of the case's own directory, on alice's disk and on bob's. */
  readonly a: (...names: readonly string[]) => string;
  readonly b: (...names: readonly string[]) => string;
}

export interface Case {
  readonly title: string;
  /** Makes what both sides know before they part. */
  readonly before: (at: Sides['a']) => void;
  /** What each does while the other is away. */
  readonly apart: (sides: Sides) => void;
  /** What both have in the end; they are equal by then. Names below the case's directory. */
  readonly after: Readonly<Record<string, string>> | ((at: Sides['a']) => void);
}
