import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { ApiEvent } from '../../../protocol/local-api.ts';
import { EVENTUALLY } from '../control/eventually.ts';
import { DEVICE, FOLDER_STATUS, HOSTILE_NAME } from '../control/fake-api.ts';
import { startCli } from './run-cli.ts';
import { servedHome } from './served-home.ts';

const EVENT: ApiEvent = {
  sequence: 1,
  time: '2026-01-02T03:04:05.000Z',
  kind: 'applied',
  folder: 'photos',
  path: HOSTILE_NAME,
  detail: { bytes: 7 },
};

function follow(home: string, ...args: readonly string[]) {
  const child = startCli({ home }, ...args);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { lines, ended, interrupt: () => child.kill('SIGINT') };
}

test('events: a line each, escaped; an object each under --json; Ctrl-C is success', async () => {
  const { home, api } = await servedHome();
  const people = follow(home, 'events');
  const programs = follow(home, 'events', '--json');
  await expect.poll(() => api.listeners, EVENTUALLY).toBe(2);
  api.emit(EVENT);
  await expect.poll(() => people.lines, EVENTUALLY).toHaveLength(1);
  await expect.poll(() => programs.lines, EVENTUALLY).toHaveLength(1);
  expect(people.lines[0]).toMatch(/^2026-01-02T03:04:05.000Z {2}applied +photos: a\\u\{1b\}.* bytes=7$/);
  expect(JSON.parse(programs.lines[0] ?? '')).toEqual(EVENT);
  for (const run of [people, programs]) {
    run.interrupt();
    expect(await run.ended).toBe(0);
  }
  await expect.poll(() => api.listeners, EVENTUALLY).toBe(0);
});

test('a wait that is interrupted ends in the daemon as well', async () => {
  const { home, api } = await servedHome({ wait: 'until-cancelled' });
  const run = follow(home, 'wait');
  await expect.poll(() => api.calls.length, EVENTUALLY).toBe(1);
  run.interrupt();
  await run.ended;
  await expect.poll(() => api.cancelledWaits, EVENTUALLY).toBe(1);
});

test('status --watch into a pipe shows each change once and ends well', async () => {
  const status = { schema: 1, device: DEVICE, folders: [FOLDER_STATUS] };
  const { home, api } = await servedHome({ status });
  const run = follow(home, 'status', '--watch', '--json');
  await expect.poll(() => api.calls.length, EVENTUALLY).toBeGreaterThan(2);
  expect(run.lines.map((line) => JSON.parse(line))).toEqual([status]);
  run.interrupt();
  expect(await run.ended).toBe(0);
});
