import { describe, expect, it } from 'vitest';
import { sortAddresses, withoutPeer, withPeer } from '../../../daemon/node/network/addresses.ts';
import { judge } from '../../../daemon/node/network/links.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import { deviceOfSeed, identitySeed } from '../../compliance/network/libp2p-world.ts';

const small = '1'.repeat(64) as DeviceId;
const large = '2'.repeat(64) as DeviceId;
const instance = 'a'.repeat(32);
const restarted = 'b'.repeat(32);

describe('what becomes of a connection of a device that dialled us', () => {
  it.each([
    ['accept', 'nothing else is there', small, large, undefined, false, { instance, dials: 1 }],
    ['accept', 'the larger side dials too', large, small, undefined, true, { instance, dials: 1 }],
    ['wait', 'the smaller side dials too', small, large, undefined, true, { instance, dials: 1 }],
    ['accept', 'it restarted', small, large, { instance, dials: 5 }, false, { instance: restarted, dials: 1 }],
    ['accept', 'it lost the link before us', small, large, { instance, dials: 5 }, false, { instance, dials: 6 }],
    ['refuse', 'its dial is older than the link', small, large, { instance, dials: 5 }, false, { instance, dials: 5 }],
    ['refuse', 'its dial is much older', large, small, { instance, dials: 5 }, false, { instance, dials: 2 }],
    ['refuse', 'a left-over comes while we dial', small, large, { instance, dials: 5 }, true, { instance, dials: 5 }],
  ] as const)('%s: %s', (verdict, _why, self, device, linkedTo, ownHelloSent, hello) => {
    expect(judge({ self, device, hello, linkedTo, ownHelloSent })).toBe(verdict);
  });

  it('never has both sides wait, and never both accept, when each has sent its hello', () => {
    const hello = { instance, dials: 1 };
    const verdicts = [
      judge({ self: small, device: large, hello, linkedTo: undefined, ownHelloSent: true }),
      judge({ self: large, device: small, hello, linkedTo: undefined, ownHelloSent: true }),
    ];
    expect(verdicts.toSorted()).toEqual(['accept', 'wait']);
  });
});

describe('addresses', () => {
  it('put those last that only this machine can reach, and keep the order otherwise', () => {
    expect(
      sortAddresses([
        '/ip4/127.0.0.1/tcp/1',
        '/ip6/::1/tcp/1',
        '/ip4/10.0.0.1/tcp/1',
        '/ip6/fd00::2/tcp/1',
        '/ip4/10.0.0.1/tcp/1',
      ]),
    ).toEqual(['/ip4/10.0.0.1/tcp/1', '/ip6/fd00::2/tcp/1', '/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1']);
  });

  it('name the expected device once, whomever they named before', () => {
    const [device, other] = [1, 2].map((number) => deviceOfSeed(identitySeed(number))) as [DeviceId, DeviceId];
    const bare = withPeer('/ip4/10.0.0.1/tcp/4001', device);
    expect(bare.toString()).toMatch(/^\/ip4\/10\.0\.0\.1\/tcp\/4001\/p2p\/12D3KooW/);
    expect(withPeer(withPeer('/ip4/10.0.0.1/tcp/4001', other).toString(), device).toString()).toBe(bare.toString());
    expect(withoutPeer(bare)).toBe('/ip4/10.0.0.1/tcp/4001');
  });
});
