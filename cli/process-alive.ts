import { readdirSync, readFileSync } from 'node:fs';

/**
 * True while the process runs. One that has ended keeps its number until its parent collects it, and the first process
 * of a container often never does: that is not alive, unless some of its threads still are, with all its files.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return process.platform !== 'linux' || !isUncollected(pid);
}

function isUncollected(pid: number): boolean {
  try {
    const ended = /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return ended && readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    // No /proc here, or gone since; the next look tells.
    return false;
  }
}
