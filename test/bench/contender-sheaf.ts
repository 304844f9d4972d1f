import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApiClient } from '../../cli/client/api-client.ts';
import { createDevice, type Device } from '../support/device.ts';
import type { Contender, MakeContender, Restart } from './contender.ts';
import { bytesBelow } from './disk.ts';
import { resetPeakOf, tcpBytesOf, usageOf } from './process-usage.ts';

const FOLDER = 'bench';
const AGREE_EVERY_MS = 10;

export const makeSheaf: MakeContender = async ({ directory }): Promise<Contender | { missing: string }> => {
  const source = join(directory, 'source');
  const destination = join(directory, 'destination');
  const author = createDevice('author', join(directory, 'author home'));
  const receiver = createDevice('receiver', join(directory, 'receiver home'));
  const version = await author.run(['version']);
  if (version.code !== 0) return { missing: `sheaf version: ${version.stderr.trim()}` };

  return {
    name: 'sheaf',
    version: /^sheaf (\S+)/.exec(version.stdout)?.[1] ?? '',
    source,
    destination,
    async start() {
      mkdirSync(source);
      await author.start();
      await receiver.start();
      await author.ask(['add', source, '--name', FOLDER]);
      const { ticket }: { ticket: string } = JSON.parse(await author.ask(['invite', FOLDER, '--ticket', '--json']));
      await receiver.ask(['join', ticket, destination, '--yes']);
      await receiver.ask(['wait', FOLDER, '--timeout', '60s']);
    },
    agree: async (over) => void (await Promise.all([author, receiver].map((device) => agree(device, over)))),
    usage: () => [usageOf(author.daemonProcess()), usageOf(receiver.daemonProcess())],
    resetPeak() {
      for (const device of [author, receiver]) resetPeakOf(device.daemonProcess());
    },
    wireBytes: () => tcpBytesOf(author.daemonProcess()),
    // Old versions in the trash are the user's data, not bookkeeping.
    stateBytes: () => [
      bytesBelow(author.home) + bytesBelow(join(source, '.sheaf'), 'trash'),
      bytesBelow(receiver.home) + bytesBelow(join(destination, '.sheaf'), 'trash'),
    ],
    restart: () => restart(receiver),
    async stop() {
      await Promise.all([author.stop(), receiver.stop()]);
    },
  };
};

async function agree(device: Device, over: AbortSignal): Promise<void> {
  const api = createApiClient(device.home);
  while (!over.aborted) {
    // One that has grown since is another batch, and is met next time.
    for (const { id } of await api.pending()) await api.approve({ id }).catch(() => undefined);
    await sleep(AGREE_EVERY_MS);
  }
}

async function restart(device: Device): Promise<Restart> {
  await device.stop();
  const startedMs = performance.now();
  const seconds = (): number => (performance.now() - startedMs) / 1000;
  await device.start();
  const servingSeconds = seconds();
  for (;;) {
    const folder = (await device.status()).folders[0];
    if (folder?.state === 'in-sync') return { servingSeconds, verifiedSeconds: seconds() };
    await sleep(50);
  }
}
