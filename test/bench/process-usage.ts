import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Usage } from './contender.ts';

/** Clock ticks a second of /proc/PID/stat: USER_HZ, 100 on every Linux that matters (getconf CLK_TCK). */
const TICKS_PER_SECOND = 100;

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  /** utime + stime + cutime + cstime, in seconds. */
  readonly cpuSeconds: number;
}

/** /proc/PID/stat, see proc(5): the name may hold spaces and brackets, so fields are counted from the last ')'. */
function readProcess(pid: number): ProcessRow | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    return { pid, parent: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
  } catch {
    return undefined;
  }
}

/** The process and all its descendants. */
function family(root: number): readonly ProcessRow[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const members = new Set([root]);
  for (let grown = true; grown; ) {
    const before = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
    grown = members.size > before;
  }
  return all.filter(({ pid }) => members.has(pid));
}

/** A line of /proc/PID/status in bytes; 0 when the process is gone. */
function statusBytes(pid: number, key: 'VmHWM' | 'VmRSS'): number {
  try {
    const line = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** What the process and its descendants have used. Zeros when it is gone. */
export function usageOf(root: number | undefined): Usage {
  const members = root === undefined ? [] : family(root);
  return {
    cpuSeconds: members.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakBytes: members.reduce((sum, { pid }) => sum + statusBytes(pid, 'VmHWM'), 0),
    residentBytes: members.reduce((sum, { pid }) => sum + statusBytes(pid, 'VmRSS'), 0),
  };
}

/** Sets the peak back to what is held now; without the right to (another user's process) the peak stays. */
export function resetPeakOf(root: number | undefined): void {
  for (const { pid } of root === undefined ? [] : family(root)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
    } catch {
      // Only a less exact figure.
    }
  }
}

/** Processor time of the children that this process has waited for. */
export function finishedChildrenSeconds(): number {
  const text = readFileSync('/proc/self/stat', 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/**
 * Bytes that the open TCP connections of the process and its descendants have carried, both directions together, from
 * the kernel's tcp_info as `ss` prints it. Connections from or to one of `exceptPorts` do not count. Undefined without `ss`.
 */
export function tcpBytesOf(pid: number | undefined, exceptPorts: readonly number[] = []): number | undefined {
  if (pid === undefined) return undefined;
  let text: string;
  try {
    text = execFileSync('ss', ['-tniOpH', 'state', 'established'], { encoding: 'utf8', maxBuffer: 1 << 24 });
  } catch {
    return undefined;
  }
  const owners = family(pid).map((one) => `pid=${one.pid},`);
  let bytes = 0;
  for (const line of text.split('\n')) {
    if (!owners.some((owner) => line.includes(owner))) continue;
    const ports = [...line.matchAll(/:(\d+)(?=\s)/g)].slice(0, 2).map((match) => Number(match[1]));
    if (ports.some((port) => exceptPorts.includes(port))) continue;
    for (const match of line.matchAll(/bytes_(?:sent|received):(\d+)/g)) bytes += Number(match[1]);
  }
  return bytes;
}
