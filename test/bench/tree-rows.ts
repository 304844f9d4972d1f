import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { countBelow } from './disk.ts';
import { type Lane, verify } from './lane.ts';
import { type Measurement, measure, whenQuiet } from './measure.ts';
import { linuxLike, makeSourceTree } from './source-tree.ts';

const SMALL_FILES = 10_000;
const SMALL_BYTES = 4096;
const SMALL_LIMIT_SECONDS = 300;
const TREE_LIMIT_SECONDS = 1200;
/** Counting a directory of 10,000 takes some milliseconds, a tree of 80,000 some hundred. */
const SMALL_POLL_MS = 25;
const TREE_POLL_MS = 250;
const IDLE_SECONDS = 30;

function smallFiles(lane: Lane): number {
  return Math.max(1, Math.round(SMALL_FILES * lane.scale));
}

/** Files in a directory that are not somebody's staging; undefined when there is none. */
function countIn(directory: string): number | undefined {
  if (!existsSync(directory)) return undefined;
  return readdirSync(directory).filter((name) => !name.startsWith('.')).length;
}

export async function manySmall(lane: Lane): Promise<Measurement> {
  const { contender, scratch, state } = lane;
  const prepared = join(scratch, 'small');
  mkdirSync(prepared);
  const files = smallFiles(lane);
  for (let index = 0; index < files; index++) {
    writeFileSync(join(prepared, `file${index}`), Buffer.alloc(SMALL_BYTES, `small file ${index}\n`));
  }
  state.smallName = 'small';
  const result = await measure(contender, {
    change: () => renameSync(prepared, join(contender.source, 'small')),
    arrived: () => countIn(join(contender.destination, 'small')) === files,
    limitSeconds: SMALL_LIMIT_SECONDS,
    pollMs: SMALL_POLL_MS,
  });
  if (result.note === undefined) verify(lane, 'small');
  return result;
}

export async function renameSmall(lane: Lane): Promise<Measurement> {
  const { contender, state } = lane;
  const files = smallFiles(lane);
  state.smallName = 'renamed';
  const result = await measure(contender, {
    change: () => renameSync(join(contender.source, 'small'), join(contender.source, 'renamed')),
    arrived: () =>
      countIn(join(contender.destination, 'renamed')) === files &&
      (countIn(join(contender.destination, 'small')) ?? 0) === 0,
    limitSeconds: SMALL_LIMIT_SECONDS,
    pollMs: 5,
  });
  if (result.note === undefined) verify(lane, 'renamed');
  return result;
}

/** The directory leaves the folder in one rename: removing it file by file would measure this program. */
export function deleteSmall(lane: Lane): Promise<Measurement> {
  const { contender, scratch, state } = lane;
  return measure(contender, {
    change: () => renameSync(join(contender.source, state.smallName), join(scratch, 'deleted')),
    needsAgreement: true,
    arrived: () => (countIn(join(contender.destination, state.smallName)) ?? 0) === 0,
    limitSeconds: SMALL_LIMIT_SECONDS,
    pollMs: 5,
  });
}

export async function sourceTree(lane: Lane): Promise<Measurement> {
  const { contender, scratch, state } = lane;
  const prepared = join(scratch, 'tree');
  if (lane.tree === undefined) {
    mkdirSync(prepared);
    const shape = { files: Math.round(linuxLike.files * lane.scale), bytes: linuxLike.bytes * lane.scale };
    makeSourceTree(prepared, shape);
  } else {
    cpSync(lane.tree, prepared, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  }
  state.treeFiles = countBelow(prepared);
  const result = await measure(contender, {
    change: () => renameSync(prepared, join(contender.source, 'tree')),
    arrived: () => countBelow(join(contender.destination, 'tree')) === state.treeFiles,
    limitSeconds: TREE_LIMIT_SECONDS,
    pollMs: TREE_POLL_MS,
  });
  if (result.note === undefined) verify(lane, 'tree');
  return { ...result, figures: { files: state.treeFiles } };
}

/** What both sides use while nothing happens, with everything that was synced before. */
export async function idle({ contender }: Lane): Promise<Measurement> {
  if (contender.push !== undefined) return { note: 'not a daemon' };
  await whenQuiet(contender);
  const before = contender.usage();
  await sleep(IDLE_SECONDS * 1000);
  const after = contender.usage();
  const percent = (side: 0 | 1): number => ((after[side].cpuSeconds - before[side].cpuSeconds) / IDLE_SECONDS) * 100;
  return {
    figures: {
      sourceCpuPercent: percent(0),
      destinationCpuPercent: percent(1),
      sourceMiB: after[0].residentBytes / 1048576,
      destinationMiB: after[1].residentBytes / 1048576,
    },
  };
}

/** State on disk for each file of the folder. */
export async function metadata({ contender }: Lane): Promise<Measurement> {
  const state = contender.stateBytes();
  if (state === undefined) return { note: 'keeps none' };
  const files = countBelow(contender.destination);
  return { figures: { files, sourceBytesPerFile: state[0] / files, destinationBytesPerFile: state[1] / files } };
}

/** The destination's side stops and starts again; nothing has changed. */
export async function unchangedRestart({ contender }: Lane): Promise<Measurement> {
  if (contender.restart === undefined) return { note: 'not a daemon' };
  await whenQuiet(contender);
  const { servingSeconds, verifiedSeconds } = await contender.restart();
  return {
    ...(verifiedSeconds === undefined ? {} : { seconds: verifiedSeconds }),
    figures: { servingSeconds },
  };
}
