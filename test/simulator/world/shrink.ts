import type { Outcome } from './run-script.ts';
import type { Script } from './script.ts';

/** Runs spent on making a failure small. */
const RUNS_LIMIT = 400;

/**
 * The smallest script found that still goes wrong: steps are left out, in halves first and then one by one, then
 * devices, then the oddities of the world.
 */
export async function shrink(
  script: Script,
  run: (script: Script) => Promise<Outcome>,
): Promise<{ readonly script: Script; readonly runs: number }> {
  let best = script;
  let runs = 0;
  const better = async (candidate: Script): Promise<boolean> => {
    if (runs >= RUNS_LIMIT) return false;
    runs += 1;
    if ((await run(candidate)).violations.length === 0) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.steps.length; ) {
      const steps = [...best.steps.slice(0, at), ...best.steps.slice(at + size)];
      if (!(await better({ ...best, steps }))) at += size;
    }
  }
  while (best.devices > 2 && (await better({ ...best, devices: best.devices - 1 })));
  await better({ ...best, skewsMs: best.skewsMs.map(() => 0) });
  await better({ ...best, slowNetwork: false, reuseInodes: false, hardLinks: true, exchanges: true });
  const { disks: _disks, names: _names, ...alike } = best;
  if (best.disks !== undefined) await better(alike);
  return { script: best, runs };
}
