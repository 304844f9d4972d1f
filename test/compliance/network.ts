import { describe } from 'vitest';
import { connectionCases } from './network/connections.ts';
import { frameCases } from './network/frames.ts';
import type { NetworkUnderTest } from './network/party.ts';

/** The contract of `daemon/effects/network.ts`. `open` gives a fresh world for each test. */
export function networkCompliance(name: string, open: () => NetworkUnderTest): void {
  describe(`network: ${name}`, () => {
    frameCases(open);
    connectionCases(open);
  });
}
