import { toHex } from '../../../protocol/bytes.ts';
import type { EpochKeys } from '../../../protocol/epoch.ts';
import { type Chunker, createChunker, gearTable } from '../../core/chunker.ts';
import type { FileSystem } from '../../effects/file-system.ts';
import { apply } from './apply.ts';
import { hash, makeWindow, type ReadTools } from './hash.ts';
import type { DiskJob, DiskResult } from './jobs.ts';
import { list } from './list.ts';
import { peek } from './peek.ts';
import { forget, prepare, sweep } from './prepare.ts';
import { confirm, read } from './read.ts';
import { serve } from './serve.ts';
import { finish, reuse, stage } from './stage.ts';
import { sync } from './sync.ts';

/** Gear tables kept: one an epoch of each folder at work. */
const CHUNKER_LIMIT = 16;

/**
 * Does disk jobs, one after another: in a worker thread of the daemon, or inline in the simulator.
 * @param windowFor asked once, when the first file is read; hosts of one thread may share a window
 */
export function createDiskHost(fileSystem: FileSystem, windowFor = makeWindow): (job: DiskJob) => DiskResult {
  const chunkers = new Map<string, Chunker>();
  let made: ReadTools | undefined;

  function tools(): ReadTools {
    made ??= { chunkerFor, window: windowFor() };
    return made;
  }

  function chunkerFor(keys: EpochKeys): Chunker {
    const seed = toHex(keys.gearSeed);
    let chunker = chunkers.get(seed);
    if (chunker === undefined) {
      if (chunkers.size >= CHUNKER_LIMIT) chunkers.clear();
      chunker = createChunker(gearTable(keys.gearSeed));
      chunkers.set(seed, chunker);
    }
    return chunker;
  }

  return (job) => {
    switch (job.kind) {
      case 'list':
        return list(fileSystem, job);
      case 'read':
        return read(fileSystem, job, tools());
      case 'hash':
        return hash(fileSystem, job, tools());
      case 'confirm':
        return confirm(fileSystem, job);
      case 'stage':
        return stage(fileSystem, job);
      case 'reuse':
        return reuse(fileSystem, job);
      case 'finish':
        return finish(fileSystem, job);
      case 'peek':
        return peek(fileSystem, job);
      case 'serve':
        return serve(fileSystem, job, tools());
      case 'apply':
        return apply(fileSystem, job);
      case 'prepare':
        return prepare(fileSystem, job);
      case 'sync':
        return sync(fileSystem, job);
      case 'sweep':
        return sweep(fileSystem, job);
      case 'forget':
        return forget(fileSystem, job);
    }
  };
}

/** Buffers of a result that may be handed over instead of copied. */
export function transferOf(result: DiskResult): ArrayBuffer[] {
  return result.kind === 'serve' && result.bytes.buffer instanceof ArrayBuffer ? [result.bytes.buffer] : [];
}
