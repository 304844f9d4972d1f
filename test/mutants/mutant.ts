import type { Check } from './checks.ts';

/** One place in one file of the project. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A way to look for what a mutant breaks. */
export type Hunt =
  /** A script of test/sim/found that once went wrong in just this way. */
  | { readonly kind: 'found'; readonly script: string }
  /** The worlds of seeds from 1 on, all of them well without the mutant. */
  | { readonly kind: 'seeds'; readonly most: number }
  /** A test file; of its tests only those whose full name fits a pattern, when one is given. */
  | { readonly kind: 'tests'; readonly file: string; readonly name?: string };

/** The engine with one rule broken. */
export interface Mutant {
  readonly name: string;
  /** The rule it breaks, as a person would say it. */
  readonly rule: string;
  readonly edits: readonly Edit[];
  /** Checks of a world that are meant to see it; what only others see does not count. */
  readonly by: readonly Check[];
  /** In this order, until one sees it. */
  readonly hunts: readonly Hunt[];
}
