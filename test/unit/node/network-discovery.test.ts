import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./network-discovery-process.ts', import.meta.url));
const IN_NAMESPACE = ['--map-root-user', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

/** Multicast leaves the machine, so this runs in a network namespace that has only loopback. */
const namespaces = spawnSync('unshare', [...IN_NAMESPACE, 'true']).status === 0;

interface Found {
  readonly device: string;
  readonly addresses: readonly string[];
  readonly discovered: readonly (readonly [device: string, addresses: readonly string[]])[];
}

describe('discovery on the local network', () => {
  // Elsewhere than on Linux with `unshare` and `ip` (util-linux, iproute2) and user namespaces nothing here is run.
  it.runIf(namespaces)('finds the devices of the same tag, and neither others nor itself', async () => {
    const { stdout } = await promisify(execFile)('unshare', [...IN_NAMESPACE, process.execPath, PROGRAM]);
    const [first, second, other] = JSON.parse(stdout) as readonly Found[];
    expect(first?.discovered).toEqual([[second?.device, second?.addresses]]);
    expect(second?.discovered).toEqual([[first?.device, first?.addresses]]);
    expect(other?.discovered).toEqual([]);
  });
});
