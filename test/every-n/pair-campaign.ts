import type { DeviceOperation } from '../simulator/disk/operations.ts';
import { type Ending, isChanging, operationsOf, type Point, preparePair, runPairCase } from './pair-case.ts';
import type { PairScenario } from './pair-scenarios.ts';

/** No recovery changes so much that a kill after this many changes would still hit it. */
const RECOVERY_CHANGES_LIMIT = 200;

export interface CampaignResult {
  readonly cases: number;
  /** A line for each case that went wrong, with what it takes to see it again. */
  readonly violations: readonly string[];
  /** Cases whose fault passed, and the daemon did not go on by itself. */
  readonly restarts: readonly string[];
}

export interface CampaignOptions {
  readonly endingsOf: (operation: DeviceOperation) => readonly Ending[];
  /** Whether to kill once more, at every change of the recovery from a kill before this one. */
  readonly again: (operation: DeviceOperation) => boolean;
}

/** Tries one scenario with every operation of both devices. */
export async function campaign(scenario: PairScenario, options: CampaignOptions): Promise<CampaignResult> {
  const image = await preparePair(scenario);
  const operations = await operationsOf(scenario, image);
  const violations: string[] = [];
  const restarts: string[] = [];
  let cases = 0;
  const attempt = async (operation: DeviceOperation, point: Point): Promise<boolean> => {
    cases += 1;
    const outcome = await runPairCase(scenario, image, point);
    const where = `${scenario.name} ${JSON.stringify(point)} ${operation.call} ${operation.subject}`;
    for (const violation of outcome.violations) violations.push(`${where}: ${violation}`);
    if (outcome.restarted) restarts.push(where);
    return outcome.complete;
  };
  for (const device of [0, 1] as const) {
    for (const operation of operations[device]) {
      const { number } = operation;
      for (const ending of options.endingsOf(operation)) await attempt(operation, { device, number, ending });
      if (!isChanging(operation) || !options.again(operation)) continue;
      for (let after = 1; after < RECOVERY_CHANGES_LIMIT; after += 1) {
        if (!(await attempt(operation, { device, number, ending: { kind: 'kill-again', after } }))) break;
      }
    }
  }
  return { cases, violations, restarts };
}
