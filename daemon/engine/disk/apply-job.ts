import type { Stamp } from '../../core/entry.ts';
import type { PathProblem, RootReference } from './root-reference.ts';

/** What has to stand at a target before a step may touch it. */
export type Expected = { readonly kind: 'free' } | { readonly kind: 'stamp'; readonly stamp: Stamp };

export type DiskStep =
  | { readonly kind: 'make-directory'; readonly path: string }
  | { readonly kind: 'remove-directory'; readonly path: string }
  /** Also from and to the parking directory. */
  | { readonly kind: 'move'; readonly from: string; readonly to: string; readonly expected: Expected }
  /** Puts a staged file in place; what stood there goes to the trash under `keep`. */
  | {
      readonly kind: 'put';
      readonly stage: string;
      readonly path: string;
      readonly expected: Expected;
      readonly keep: string;
    }
  | {
      readonly kind: 'symlink';
      readonly path: string;
      readonly target: string;
      readonly mtimeNs: bigint;
      readonly stage: string;
      readonly expected: Expected;
      readonly keep: string;
    }
  | {
      readonly kind: 'set-metadata';
      readonly path: string;
      readonly executable: boolean | undefined;
      readonly mtimeNs: bigint;
      readonly expected: Expected;
    }
  | { readonly kind: 'trash'; readonly path: string; readonly expected: Expected; readonly keep: string };

export interface ApplyJob {
  readonly kind: 'apply';
  readonly root: RootReference;
  readonly steps: readonly DiskStep[];
  /** For each step the indexes of earlier ones: when one of them was not done, the step is answered 'changed'. */
  readonly needs: readonly (readonly number[])[];
}

export type StepOutcome =
  /** `stamp` of what now stands at the target; undefined after a removal. */
  | { readonly kind: 'done'; readonly stamp: Stamp | undefined }
  /** The disk is not as the plan saw it: scan there and plan again. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'problem'; readonly problem: PathProblem };
