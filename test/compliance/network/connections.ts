import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceId } from '../../../protocol/ids.ts';
import { connect, type NetworkUnderTest, type Party, pattern, startPair, startParty } from './party.ts';

export function connectionCases(open: () => NetworkUnderTest): void {
  describe('links', () => {
    let world: NetworkUnderTest;
    beforeEach(() => {
      world = open();
    });
    afterEach(() => world.cleanUp());

    it('tells both sides who is there and who dialled', async () => {
      const [first, second] = await startPair(world);
      expect(first.link).toMatchObject({ device: second.device, inbound: false });
      expect(second.link).toMatchObject({ device: first.device, inbound: true });
      expect(second.network.addresses()).toContain(first.link.remoteAddress);
      expect(second.link.remoteAddress).toMatch(/^\/ip/);
      for (const party of [first, second]) {
        expect(party.network.addresses().length).toBeGreaterThan(0);
        for (const address of party.network.addresses()) expect(address).not.toContain('/p2p/');
      }
    });

    it('connects to a connected device without a second link', async () => {
      const [first, second] = await startPair(world);
      await world.during(first.network.connect(second.device, []));
      await world.during(second.network.connect(first.device, [world.deadAddress]));
      expect([first.links.length, second.links.length]).toEqual([1, 1]);
    });

    it('makes one link of many calls at once', async () => {
      const first = await startParty(world, 1);
      const second = await startParty(world, 2);
      const addresses = second.network.addresses();
      await world.during(
        Promise.all(Array.from({ length: 10 }, () => first.network.connect(second.device, addresses))),
      );
      await world.until(() => second.links.length > 0);
      expect([first.links.length, second.links.length]).toEqual([1, 1]);
    });

    it('keeps several links apart', async () => {
      const hub = await startParty(world, 1);
      const others = await Promise.all([2, 3, 4, 5].map((number) => startParty(world, number)));
      for (const other of others) await connect(world, other, hub);
      for (const link of hub.links) link.send('control', Buffer.from(link.device));
      await world.until(() => others.every((other) => other.frames.length === 1));
      for (const other of others) expect(Buffer.from(other.framesOf('control')[0] ?? []).toString()).toBe(other.device);
    });

    it('tries the next address when one is dead', async () => {
      const first = await startParty(world, 1);
      const second = await startParty(world, 2);
      await world.during(first.network.connect(second.device, [world.deadAddress, ...second.network.addresses()]));
      expect(first.openLinks().length).toBe(1);
    });

    it('says unreachable when nobody answers, with the addresses tried', async () => {
      const first = await startParty(world, 1);
      const failure = expectCode(first, world.device(2), [world.deadAddress], 'unreachable');
      await expect(world.during(failure)).resolves.toContain(world.deadAddress);
      await expect(world.during(expectCode(first, world.device(2), [], 'unreachable'))).resolves.toMatch(/address/);
    });

    it('says wrong identity when another device answers, and gives that device no link', async () => {
      const first = await startParty(world, 1);
      const second = await startParty(world, 2);
      await world.during(expectCode(first, world.device(3), second.network.addresses(), 'wrong-identity'));
      expect([...first.links, ...second.links]).toEqual([]);
    });

    it('says refused when the other side does not admit us', async () => {
      const first = await startParty(world, 1);
      const second = await startParty(world, 2);
      second.admits = (device) => device !== first.device;
      await world.during(expectCode(first, second.device, second.network.addresses(), 'refused'));
      expect(second.asked).toContainEqual({ device: first.device, inbound: true });
      expect([...first.links, ...second.links]).toEqual([]);
      second.admits = () => true;
      await connect(world, first, second);
      expect(second.openLinks().length).toBe(1);
    });

    it('asks its own gate when it dials', async () => {
      const first = await startParty(world, 1);
      const second = await startParty(world, 2);
      first.admits = () => false;
      await world.during(expectCode(first, second.device, second.network.addresses(), 'refused'));
      expect(first.asked).toContainEqual({ device: second.device, inbound: false });
      expect([...first.links, ...second.links]).toEqual([]);
    });

    endCases(() => world);
    raceCases(() => world);
  });
}

function endCases(world: () => NetworkUnderTest): void {
  it('tells both sides once when a link is closed, and lets those go who wait', async () => {
    const [first, second] = await startPair(world());
    for (let index = 0; index < 8; index += 1) first.link.send('bulk', pattern(4_000_000, index));
    const waiting = first.link.drained('bulk', 1);
    first.link.close('enough');
    await world().during(waiting);
    await world().until(() => first.closed.length > 0 && second.closed.length > 0);
    expect(first.closed.map(({ reason }) => reason)).toEqual(['enough']);
    expect(first.link.queuedBytes('bulk')).toBe(0);
    first.link.send('control', pattern(10, 1));
    first.link.close('again');
    await world().during(first.link.drained('control', 1));
    expect([first.closed.length, second.closed.length]).toEqual([1, 1]);
  });

  it('delivers the last control frames before a close', async () => {
    const [first, second] = await startPair(world());
    for (let index = 0; index < 20; index += 1) first.link.send('control', pattern(1000, index));
    first.link.close('said all');
    await world().until(() => second.closed.length === 1);
    expect(second.framesOf('control').length).toBe(20);
  });

  it('connects anew after a close, from either side', async () => {
    const [first, second] = await startPair(world());
    first.link.close('once');
    await world().until(() => first.openLinks().length + second.openLinks().length === 0);
    await connect(world(), second, first);
    second.link.send('control', pattern(5, 1));
    await world().until(() => first.frames.length === 1);
    expect([first.links.length, second.links.length]).toEqual([2, 2]);
  });

  it('can be closed from inside its own callbacks', async () => {
    const first = await startParty(world(), 1);
    const second = await startParty(world(), 2);
    second.onFrame = (_lane, _frame, link) => link.close('heard enough');
    await connect(world(), first, second);
    for (let index = 0; index < 5; index += 1) first.link.send('control', pattern(5, index));
    await world().until(() => first.closed.length === 1 && second.closed.length === 1);
    expect(second.closed[0]?.reason).toBe('heard enough');
  });

  it('ends a link whose owner fails, and takes the device back', async () => {
    const first = await startParty(world(), 1);
    const second = await startParty(world(), 2);
    second.greet = () => {
      throw new Error('a bug in the owner of the link');
    };
    await world().during(first.network.connect(second.device, second.network.addresses()));
    await world().until(() => first.closed.length === 1);
    second.greet = () => undefined;
    second.onFrame = () => {
      throw new Error('a bug in what reads the frames');
    };
    await connect(world(), first, second);
    first.link.send('control', pattern(3, 1));
    await world().until(() => first.closed.length === 2);
    second.onFrame = undefined;
    await connect(world(), first, second);
    first.link.send('control', pattern(3, 2));
    await world().until(() => second.frames.length === 1);
  });

  it('gives up connecting when it stops', async () => {
    const first = await startParty(world(), 1);
    const second = await startParty(world(), 2);
    const outcome = first.network.connect(second.device, second.network.addresses()).then(
      () => 'connected',
      (error: { readonly code: string }) => error.code,
    );
    await world().during(first.network.stop());
    // It may have been faster than the stop, but it ends.
    expect(['connected', 'unreachable']).toContain(await world().during(outcome));
    expect(first.openLinks()).toEqual([]);
  });

  it('ends every link when it stops, and can be stopped twice', async () => {
    const [first, second] = await startPair(world());
    await world().during(second.network.stop());
    await world().until(() => first.closed.length === 1);
    expect(second.closed.length).toBe(1);
    await world().during(second.network.stop());
    expect(second.network.addresses()).toEqual([]);
  });
}

function raceCases(world: () => NetworkUnderTest): void {
  it('takes a device back that restarted while its old link still looks alive', async () => {
    const [before, other] = await startPair(world());
    const after = await startParty(world(), 1);
    await connect(world(), after, other);
    await world().until(() => other.links.length === 2 && other.closed.length === 1);
    expect(other.closed[0]?.link).toBe(other.links[0]);
    after.link.send('control', pattern(3, 3));
    await world().until(() => other.frames.some(({ link }) => link === other.links[1]));
    await world().until(() => before.closed.length === 1);
    expect(other.openLinks().length).toBe(1);
  });

  it('keeps one link, without a flap, when both dial at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const parties = await Promise.all([1, 2].map((number) => startParty(world(), number)));
      const [first, second] = parties as [Party, Party];
      await world().during(
        Promise.all([
          first.network.connect(second.device, second.network.addresses()),
          second.network.connect(first.device, first.network.addresses()),
        ]),
      );
      await world().until(() => parties.every((party) => party.links.length > 0));
      first.link.send('bulk', pattern(10, round));
      second.link.send('control', pattern(20, round));
      await world().until(() => parties.every((party) => party.frames.length > 0));
      expect(parties.map((party) => [party.links.length, party.closed.length])).toEqual([
        [1, 0],
        [1, 0],
      ]);
      expect(first.link.inbound).toBe(!second.link.inbound);
      await world().during(Promise.all(parties.map((party) => party.network.stop())));
    }
  });

  it('links two devices even if the dial that would be kept is refused', async () => {
    const first = await startParty(world(), 1);
    const second = await startParty(world(), 2);
    for (const refusing of [first, second]) {
      const other = refusing === first ? second : first;
      refusing.admits = (_device, inbound) => !inbound;
      await world().during(
        Promise.all([
          other.network.connect(refusing.device, refusing.network.addresses()).catch(() => undefined),
          refusing.network.connect(other.device, other.network.addresses()),
        ]),
      );
      await world().until(() => first.openLinks().length === 1 && second.openLinks().length === 1);
      refusing.admits = () => true;
      first.link.close('next round');
      await world().until(() => first.openLinks().length + second.openLinks().length === 0);
    }
  });

  it('links two devices even if only one of them can be dialled', async () => {
    const first = await startParty(world(), 1);
    const second = await startParty(world(), 2);
    await world().during(
      Promise.all([
        first.network.connect(second.device, [world().deadAddress]).catch(() => undefined),
        second.network.connect(first.device, first.network.addresses()),
      ]),
    );
    await world().until(() => first.openLinks().length === 1);
    expect(second.openLinks().length).toBe(1);
  });
}

/** Resolves to the message of the failure. */
async function expectCode(party: Party, device: DeviceId, addresses: readonly string[], code: string): Promise<string> {
  const error = await party.network.connect(device, addresses).then(
    () => new Error('connected'),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code });
  return (error as Error).message;
}
