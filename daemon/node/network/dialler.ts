import type { Libp2p } from 'libp2p';
import { peerIdOf } from '../../../protocol/device-id.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import { withPeer } from './addresses.ts';
import { GreetingError } from './greeting.ts';
import type { Connection, Multiaddr } from './libp2p-types.ts';
import { DIAL_ADDRESS_LEAST_MS, DIAL_ADDRESS_TIMEOUT_MS, DIAL_ADDRESSES } from './limits.ts';

type FailureCode = 'unreachable' | 'wrong-identity' | 'refused';

interface Failure {
  readonly address: string;
  readonly code: FailureCode;
  readonly reason: string;
}

/**
 * Tries the addresses one after the other, in their order, until `talk` succeeds on one. One at a time because libp2p
 * joins parallel dials of one peer, and because an unpinned dial would tell our identity to whoever has the address
 * now. Rejects with a coded error that lists every address and what happened there.
 */
export async function dialAddresses(options: {
  readonly node: Libp2p;
  readonly device: DeviceId;
  readonly addresses: readonly string[];
  /** Aborted with an `Error` that says why. */
  readonly signal: AbortSignal;
  /** Until when, by `performance.now()`; an address that answers at once leaves its share to those after it. */
  readonly untilMs: number;
  readonly talk: (connection: Connection) => Promise<void>;
}): Promise<void> {
  const { node, device, signal, untilMs, talk } = options;
  const addresses = options.addresses.slice(0, DIAL_ADDRESSES);
  const failures: Failure[] = [];
  for (const [index, address] of addresses.entries()) {
    if (signal.aborted) break;
    const limitMs = shareOf(untilMs - performance.now(), addresses.length - index);
    try {
      const target = targetOf(address, device);
      const connection = await node.dial(target, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
        // Otherwise a connection that the other side opened meanwhile would be returned for a new one.
        force: true,
      });
      await talk(connection);
      return;
    } catch (error) {
      const failure = failureOf(address, error, limitMs);
      failures.push(failure);
      // It is the right device and it does not want us: asking at its other addresses changes nothing.
      if (failure.code === 'refused') break;
    }
  }
  if (signal.aborted) {
    const { message } = signal.reason as Error;
    throw new CodedError('unreachable', `Connecting to device ${peerIdOf(device)} was given up: ${message}.`);
  }
  throw summary(device, failures);
}

function shareOf(leftMs: number, addresses: number): number {
  return Math.round(Math.min(DIAL_ADDRESS_TIMEOUT_MS, Math.max(DIAL_ADDRESS_LEAST_MS, leftMs / addresses)));
}

function targetOf(address: string, device: DeviceId): Multiaddr {
  try {
    return withPeer(address, device);
  } catch (error) {
    throw new CodedError('unreachable', 'not a valid address', { cause: error });
  }
}

function failureOf(address: string, error: unknown, limitMs: number): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof GreetingError) return { address, code: error.refused ? 'refused' : 'unreachable', reason };
  if (error instanceof CodedError) return { address, code: 'unreachable', reason };
  const name = error instanceof Error ? error.name : '';
  // Noise's own error class is lost on the way through libp2p's upgrader; the compliance suite notices a new wording.
  if (reason.includes('does not match expected remote identity key')) {
    return { address, code: 'wrong-identity', reason: 'another device answered there' };
  }
  if (reason.includes('blocked by gater'))
    return { address, code: 'refused', reason: 'this device does not accept it' };
  if (name === 'InvalidMultiaddrError') return { address, code: 'unreachable', reason: 'not a valid address' };
  // The connection was complete and then closed at once: that is what the other side's gate does.
  if (name === 'ConnectionClosedError')
    return { address, code: 'refused', reason: 'the other side ended the connection' };
  if (name === 'TimeoutError' || name === 'AbortError') {
    return { address, code: 'unreachable', reason: `no answer within ${(limitMs / 1000).toFixed(1)} seconds` };
  }
  return { address, code: 'unreachable', reason };
}

const CONSEQUENCES: Readonly<Record<FailureCode, string>> = {
  refused: 'refused the connection; check that both devices are members of a common folder',
  'wrong-identity': 'is not at any of its addresses, and another device answered at one; its address may have changed',
  unreachable: 'cannot be reached; check that it runs and that both are on a common network',
};

function summary(device: DeviceId, failures: readonly Failure[]): CodedError {
  const code: FailureCode =
    failures.find(({ code }) => code === 'refused')?.code ??
    failures.find(({ code }) => code === 'wrong-identity')?.code ??
    'unreachable';
  const tried = failures.map(({ address, reason }) => `${address} (${reason})`).join(', ');
  const detail = tried === '' ? 'no address of it is known' : `tried ${tried}`;
  return new CodedError(code, `Device ${peerIdOf(device)} ${CONSEQUENCES[code]}: ${detail}.`);
}
