import { expectEqualTrees, type TestDaemon } from '../../support/daemons.ts';
import type { Faults } from './faults.ts';

/**
 * Asks a daemon whether all is in sync; whoever says so must be right, unless somebody did something meanwhile. Returns
 * true when it was said and was right.
 */
export async function claimIsTrue(
  asked: TestDaemon,
  all: readonly [TestDaemon, ...TestDaemon[]],
  faults: Faults,
  acts: { readonly done: number },
): Promise<boolean> {
  const [done, taken] = [acts.done, faults.rootsTaken];
  const { code } = await asked.run(['wait', '--timeout', '3s']);
  if (
    code !== 0 ||
    acts.done !== done ||
    faults.rootsTaken !== taken ||
    !all.every((daemon) => faults.isWell(daemon))
  ) {
    return false;
  }
  const [first, ...others] = all;
  for (const other of others) expectEqualTrees(first, other);
  return true;
}
