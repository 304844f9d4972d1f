import { execFile, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Contender, MakeContender } from './contender.ts';
import { freePort, whenListening } from './ports.ts';
import { finishedChildrenSeconds, resetPeakOf, usageOf } from './process-usage.ts';

const run = promisify(execFile);

/**
 * The floor: a copy over TCP with rsync's own daemon, without encryption or an index. It does nothing by itself, so it
 * has no latency, no idle cost and no notion of a rename.
 */
export const makeRsync: MakeContender = async ({ directory }): Promise<Contender | { missing: string }> => {
  const version = await run('rsync', ['--version']).catch(() => undefined);
  if (version === undefined) return { missing: 'rsync is not installed' };

  const source = join(directory, 'source');
  const destination = join(directory, 'destination');
  const port = await freePort();
  let server: ReturnType<typeof spawn> | undefined;
  let wireBytes = 0;
  let senderSeconds = 0;

  return {
    name: 'rsync',
    version: /version (\S+)/.exec(version.stdout)?.[1] ?? '',
    source,
    destination,
    async start() {
      mkdirSync(source);
      mkdirSync(destination);
      const settings = join(directory, 'rsyncd.conf');
      const owner = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : '';
      writeFileSync(settings, `use chroot = no\n${owner}[bench]\npath = ${destination}\nread only = no\n`);
      const options = ['--daemon', '--no-detach', `--config=${settings}`, '--address=127.0.0.1', `--port=${port}`];
      server = spawn('rsync', options, { stdio: 'ignore' });
      await whenListening(port);
    },
    async push() {
      const before = finishedChildrenSeconds();
      const target = `rsync://127.0.0.1:${port}/bench/`;
      const options = ['-a', '--delete', '--stats', `${source}/`, target];
      const { stdout } = await run('rsync', options, { maxBuffer: 1 << 24 });
      senderSeconds += finishedChildrenSeconds() - before;
      for (const match of stdout.matchAll(/^Total bytes (?:sent|received): ([\d,]+)$/gm)) {
        wireBytes += Number(match[1]?.replaceAll(',', ''));
      }
    },
    usage: () => [{ cpuSeconds: senderSeconds, peakBytes: 0, residentBytes: 0 }, usageOf(server?.pid)],
    resetPeak: () => resetPeakOf(server?.pid),
    wireBytes: () => wireBytes,
    stateBytes: () => undefined,
    async stop() {
      server?.kill();
    },
  };
};
