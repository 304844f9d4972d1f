import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contender.ts';
import { settleDisk } from './disk.ts';

/** One figure of one contender. */
export interface Measurement {
  readonly seconds?: number;
  /** Processor seconds of the source's and the destination's side until both were quiet again. */
  readonly cpuSeconds?: readonly [number, number];
  /** Most memory held, source's and destination's side. */
  readonly peakBytes?: readonly [number, number];
  readonly wireBytes?: number;
  /** Row-specific figures, by name. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Why there is no figure, or what is unusual about it. */
  readonly note?: string;
}

export interface Task {
  /** Makes the change in the source, as close to one moment as possible. */
  change(): void;
  /** True for a change that some tools ask their user about: the time to agree is part of the figure. */
  readonly needsAgreement?: boolean;
  /** Cheap: asked every few milliseconds. */
  arrived(): boolean;
  /** Longest wait. */
  readonly limitSeconds: number;
  readonly pollMs?: number;
}

const QUIET_LIMIT_MS = 60_000;
const QUIET_WINDOW_MS = 1000;
/** A side that uses less than this share of a core over the window rests. */
const QUIET_SHARE = 0.03;

function cpu(contender: Contender): readonly [number, number] {
  const [source, destination] = contender.usage();
  return [source.cpuSeconds, destination.cpuSeconds];
}

/** Resolves when neither side works any more, at the latest after a minute. */
export async function whenQuiet(contender: Contender): Promise<void> {
  for (let waitedMs = 0; waitedMs < QUIET_LIMIT_MS; waitedMs += QUIET_WINDOW_MS) {
    const before = cpu(contender);
    await sleep(QUIET_WINDOW_MS);
    const after = cpu(contender);
    const used = Math.max(after[0] - before[0], after[1] - before[1]);
    if (used < (QUIET_SHARE * QUIET_WINDOW_MS) / 1000) return;
  }
}

/** Makes a change in the source and measures until it has arrived, from a settled start. */
export async function measure(contender: Contender, task: Task): Promise<Measurement> {
  settleDisk();
  await whenQuiet(contender);
  contender.resetPeak();
  const cpuBefore = cpu(contender);
  const wireBefore = contender.wireBytes();

  const startedMs = performance.now();
  const elapsedSeconds = (): number => (performance.now() - startedMs) / 1000;
  task.change();
  const over = new AbortController();
  const agreeing = task.needsAgreement === true ? contender.agree?.(over.signal) : undefined;
  await contender.push?.();
  let arrived = task.arrived();
  while (!arrived && elapsedSeconds() < task.limitSeconds) {
    await sleep(task.pollMs ?? 5);
    arrived = task.arrived();
  }
  const seconds = elapsedSeconds();
  over.abort();
  await agreeing;
  if (!arrived) return { note: `not there after ${task.limitSeconds} s` };

  const wireAfter = contender.wireBytes();
  await whenQuiet(contender);
  const cpuAfter = cpu(contender);
  const [source, destination] = contender.usage();
  return {
    seconds,
    cpuSeconds: [cpuAfter[0] - cpuBefore[0], cpuAfter[1] - cpuBefore[1]],
    peakBytes: [source.peakBytes, destination.peakBytes],
    ...(wireBefore !== undefined && wireAfter !== undefined ? { wireBytes: wireAfter - wireBefore } : {}),
  };
}

/** The middle of the samples in order; the upper one of two. */
export function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}
