/** Picks one of `options` possibilities: an integer from 0 to options - 1. */
export type Choose = (options: number) => number;

/** The same choices for the same seed, on every machine (mulberry32). */
export function seededChoices(seed: number): Choose {
  let state = seed >>> 0;
  return (options) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * options);
  };
}

/**
 * Every sequence of choices that `use` can be led through, each once, in order: `use` is called until there are no more
 * or `limit` is reached. It must ask the same questions when it gets the same answers.
 * @returns how many sequences there were, and whether that is all
 */
export function everyChoice(
  limit: number,
  use: (choose: Choose) => void,
): { readonly runs: number; readonly all: boolean } {
  let path: { readonly options: number; readonly taken: number }[] = [];
  for (let runs = 1; ; runs += 1) {
    let at = 0;
    use((options) => {
      const known = path[at];
      const taken = known?.taken ?? 0;
      if (known === undefined) path.push({ options, taken });
      at += 1;
      return taken;
    });
    const last = path.findLastIndex(({ options, taken }) => taken + 1 < options);
    if (last < 0) return { runs, all: true };
    if (runs >= limit) return { runs, all: false };
    path = path.slice(0, last + 1).map((step, index) => (index === last ? { ...step, taken: step.taken + 1 } : step));
  }
}
