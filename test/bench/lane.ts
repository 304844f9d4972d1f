import { join } from 'node:path';
import { compareTrees, describeDifferences } from '../support/compare-trees.ts';
import type { Contender } from './contender.ts';

/** One contender on its way through the rows. */
export interface Lane {
  readonly contender: Contender;
  /** Beside source and destination, on the same disk: what is renamed into the source is made here. */
  readonly scratch: string;
  /** 1 for the sizes that the rows are named after. */
  readonly scale: number;
  /** A tree to copy for the tree row; undefined for the generated one. */
  readonly tree: string | undefined;
  /** What earlier rows left behind, for later ones. */
  readonly state: { smallName: string; treeFiles: number };
}

/**
 * Throws when a directory of the source differs from the destination's. Modification times count for sheaf only: not
 * every tool keeps them for symlinks.
 */
export function verify({ contender }: Lane, directory: string): void {
  const compared = compareTrees(join(contender.source, directory), join(contender.destination, directory));
  const differences = compared.differences.filter(({ what }) => what !== 'mtime' || contender.name === 'sheaf');
  if (differences.length === 0) return;
  throw new Error(`${contender.name}: ${directory} differs:\n${describeDifferences({ ...compared, differences })}`);
}
