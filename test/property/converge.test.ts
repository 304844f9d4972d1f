import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { act, action, follow, stepOf } from '../support/model-steps.ts';
import { ModelWorld } from '../support/model-world.ts';

const RUNS = Number(process.env['SHEAF_PROPERTY_RUNS'] ?? 200);
const SEED = Number(process.env['SHEAF_PROPERTY_SEED'] ?? 1);
const settings = { numRuns: RUNS, seed: SEED };

const DEVICES = 3;
/** How far clocks are off: about as much as the users of a case do in the meantime. */
const skew = fc.integer({ min: -20, max: 20 });
const skews = fc.tuple(...Array.from({ length: DEVICES }, () => skew));

describe('devices that only decide', () => {
  it('come to one tree, without losing what nobody overwrote, and then stay quiet', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepOf(DEVICES), { minLength: 1, maxLength: 60, size: 'max' }),
        skews,
        async (steps, clocks) => {
          const world = new ModelWorld(clocks);
          await follow(world, steps);
          await world.settle();
          expect(await world.faults()).toEqual([]);
          expect(await world.round()).toBe(0);
        },
      ),
      settings,
    );
  });

  it('take a reader along, which hears first and may settle nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepOf(DEVICES), { minLength: 1, maxLength: 60, size: 'max' }),
        skews,
        async (steps, clocks) => {
          const world = new ModelWorld(clocks, 1);
          const reader = DEVICES - 1;
          await follow(
            world,
            steps.filter((step) => step.kind !== 'user' || step.device !== reader),
          );
          await world.settle();
          expect(await world.faults()).toEqual([]);
        },
      ),
      { ...settings, numRuns: Math.ceil(RUNS / 2) },
    );
  });

  it('do on every disk what a user did on one, when nobody else does anything', async () => {
    const turn = fc.record({ device: fc.nat(DEVICES - 1), actions: fc.array(action, { minLength: 1, maxLength: 6 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 8, size: 'max' }), skews, async (turns, clocks) => {
        const world = new ModelWorld(clocks);
        for (const [index, { device, actions }] of turns.entries()) {
          for (const [part, one] of actions.entries()) act(world, device, one, `version ${index}.${part}`);
          const meant = world.device(device).disk.describe();
          await world.settle();
          for (const { disk } of world.devices) expect(disk.describe()).toEqual(meant);
        }
        expect(await world.faults()).toEqual([]);
      }),
      { ...settings, numRuns: Math.ceil(RUNS / 2) },
    );
  });
});
