import { createCipheriv } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasArrived } from './disk.ts';
import { type Lane, verify } from './lane.ts';
import { type Measurement, measure, median, whenQuiet } from './measure.ts';

const MIB = 1024 * 1024;
const BIG_BYTES = 1024 * MIB;
const LIMIT_SECONDS = 300;

/** The same incompressible bytes for the same seed: an AES-CTR key stream. */
function noise(seed: number) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  return (length: number): Buffer => cipher.update(length === MIB ? zeros : Buffer.alloc(length));
}

function writeNoise(path: string, prefix: string, bytes: number): void {
  const next = noise(1);
  const file = openSync(path, 'w');
  writeSync(file, prefix);
  for (let left = bytes; left > 0; left -= MIB) writeSync(file, next(Math.min(left, MIB)));
  closeSync(file);
}

/** A multiple of 1 MiB. */
function bigBytes(lane: Lane): number {
  return Math.max(MIB, Math.round((BIG_BYTES * lane.scale) / MIB) * MIB);
}

function paths({ contender, scratch }: Lane) {
  return {
    prepared: join(scratch, 'big'),
    source: join(contender.source, 'big', 'file'),
    destination: join(contender.destination, 'big', 'file'),
  };
}

async function replaceBig(lane: Lane, prefix: string): Promise<Measurement> {
  const { prepared, source, destination } = paths(lane);
  writeNoise(prepared, prefix, bigBytes(lane));
  const like = lstatSync(prepared, { bigint: true });
  const result = await measure(lane.contender, {
    change: () => renameSync(prepared, source),
    arrived: () => hasArrived(destination, like),
    limitSeconds: LIMIT_SECONDS,
  });
  if (result.note === undefined) verify(lane, 'big');
  return result;
}

export function newBig(lane: Lane): Promise<Measurement> {
  mkdirSync(join(lane.contender.source, 'big'));
  return replaceBig(lane, '');
}

export function insertAtFront(lane: Lane): Promise<Measurement> {
  return replaceBig(lane, 'x');
}

export async function append(lane: Lane): Promise<Measurement> {
  const { source, destination } = paths(lane);
  const bytes = noise(2)(MIB);
  let like = lstatSync(source, { bigint: true });
  const result = await measure(lane.contender, {
    change: () => {
      appendFileSync(source, bytes);
      like = lstatSync(source, { bigint: true });
    },
    arrived: () => hasArrived(destination, like),
    limitSeconds: LIMIT_SECONDS,
  });
  if (result.note === undefined) verify(lane, 'big');
  return result;
}

const SAMPLES = 20;

/** How long a 1 KiB file takes to appear on the other side: the middle of 20, a while apart. */
export async function latency(lane: Lane): Promise<Measurement> {
  const { contender, scratch } = lane;
  if (contender.push !== undefined) return { note: 'does nothing by itself' };
  mkdirSync(join(contender.source, 'latency'));
  await whenQuiet(contender);
  const samples: number[] = [];
  for (let index = 0; index < SAMPLES; index++) {
    // Apart from each other, and not in step with anybody's timer.
    await sleep(400 + ((index * 137) % 300));
    const prepared = join(scratch, `sample${index}`);
    writeFileSync(prepared, noise(3 + index)(1024));
    // A whole second, so that even coarse clocks can copy it.
    utimesSync(prepared, 1_700_000_000, 1_700_000_000 + index);
    const like = lstatSync(prepared, { bigint: true });
    const startedMs = performance.now();
    renameSync(prepared, join(contender.source, 'latency', `file${index}`));
    while (!hasArrived(join(contender.destination, 'latency', `file${index}`), like)) {
      await sleep(1);
      if (performance.now() - startedMs > 60_000) return { note: 'not there after 60 s' };
    }
    samples.push((performance.now() - startedMs) / 1000);
  }
  verify(lane, 'latency');
  return { seconds: median(samples), figures: { worstSeconds: Math.max(...samples) } };
}
