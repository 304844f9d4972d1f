import { beforeEach, describe, expect, it } from 'vitest';
import { Patience, type Watch } from '../../../../daemon/engine/transfer/patience.ts';
import { actorOf } from '../../../support/membership-world.ts';
import { TestClock } from '../pairing-world.ts';

const [silent, busy] = [actorOf('silent'), actorOf('busy')];
const MIB = 1024 * 1024;

let clock: TestClock;
let patience: Patience;

beforeEach(() => {
  clock = new TestClock();
  patience = new Patience(clock);
});

async function isOver({ over }: Watch): Promise<boolean> {
  return Promise.race([over.then(() => true), Promise.resolve().then(() => false)]);
}

const asked = (): readonly string[] => patience.amongst([silent, busy]).map(({ name }) => name);

describe('a member that is asked for chunks', () => {
  it('is waited for, and then others are asked, and it again when it has rested', async () => {
    const watches = [patience.watch(silent.device), patience.watch(silent.device)];
    clock.pass(19_000);
    expect(await isOver(watches[0] as Watch)).toBe(false);
    expect(asked()).toEqual(['silent', 'busy']);
    clock.pass(1_000);
    expect(await Promise.all(watches.map(isOver))).toEqual([true, true]);
    expect(asked()).toEqual(['busy']);
    clock.pass(160_000);
    expect(asked()).toEqual(['silent', 'busy']);
  });

  it('is asked all the same when there is nobody else', () => {
    patience.watch(silent.device);
    clock.pass(20_000);
    expect(patience.amongst([silent])).toEqual([silent]);
  });

  it('is waited for twice as long the next time, as it may have a slow line', async () => {
    patience.watch(silent.device);
    clock.pass(20_000);
    const again = patience.watch(silent.device);
    clock.pass(39_000);
    expect(await isOver(again)).toBe(false);
    clock.pass(1_000);
    expect(await isOver(again)).toBe(true);
  });

  it('is waited for as long as it brings something worth the time', async () => {
    const watch = patience.watch(busy.device);
    for (let minute = 0; minute < 20; minute += 1) {
      clock.pass(15_000);
      patience.brought(busy.device, MIB);
    }
    expect(await isOver(watch)).toBe(false);
  });

  it('gains little by bringing a little', async () => {
    const watch = patience.watch(silent.device);
    for (let drop = 0; drop < 3; drop += 1) {
      clock.pass(9_000);
      patience.brought(silent.device, 256);
    }
    expect(await isOver(watch)).toBe(true);
  });

  it('leaves no timer behind when all is answered', () => {
    const watches = [patience.watch(busy.device), patience.watch(busy.device)];
    for (const watch of watches) watch.end();
    expect(clock.pending).toBe(0);
    clock.pass(1_000_000);
    expect(asked()).toEqual(['silent', 'busy']);
  });

  it('is given its time from the question on, not from one before', async () => {
    patience.watch(busy.device).end();
    clock.pass(100_000);
    const watch = patience.watch(busy.device);
    clock.pass(19_000);
    expect(await isOver(watch)).toBe(false);
  });
});
