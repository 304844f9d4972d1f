import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runScript } from '../simulator/world/run-script.ts';
import type { Script } from '../simulator/world/script.ts';

const folder = join(import.meta.dirname, 'found');
const names = readdirSync(folder).toSorted();
const happened = new Set<string>();

/** Scripts that once went wrong, as small as they could be made; docs/simulation.md says why. */
describe('what the simulator found', () => {
  it.each(names)('%s is well', async (name) => {
    const script = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Script;
    const outcome = await runScript(script);
    for (const what of outcome.counts.keys()) happened.add(what);
    expect(outcome.violations).toEqual([]);
  });

  it('still leads to where hardly any seed does', () => {
    expect(happened).toContain('a version was given up');
  });
});
