import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../../../cli/process-alive.ts';
import { EVENTUALLY } from '../control/eventually.ts';

test('this process is alive, a collected one is not', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  expect([isAlive(process.pid), isAlive(child.pid ?? 0)]).toEqual([true, false]);
});

// Elsewhere there is no /proc to tell it by.
test.runIf(process.platform === 'linux')('one that has ended and that nobody collects is not alive', async () => {
  // The shell becomes a program that knows nothing of the child it was given. Only then does the child end: a shell may
  // collect one that ends before.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8'), EVENTUALLY).toBe('sleep\n');
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => readFileSync(`/proc/${pid}/status`, 'utf8'), EVENTUALLY).toMatch(/^State:\s+Z/m);
  expect(() => process.kill(pid, 0)).not.toThrow();
  expect(isAlive(pid)).toBe(false);
});
