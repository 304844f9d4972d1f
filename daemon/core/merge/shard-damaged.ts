import { CodedError } from '../../../protocol/errors.ts';

/** What is stored of this shard is not what was stored: it has to be built anew from the logs. */
export function shardDamaged(shard: number, cause: unknown): CodedError {
  return new CodedError('shard-damaged', `${PREFIX}${shard} does not load from the local store`, { cause });
}

/** The shard that a 'shard-damaged' error names; survives the way out of a worker, which keeps code and message. */
export function damagedShard(error: Error): number | undefined {
  if (!('code' in error) || error.code !== 'shard-damaged' || !error.message.startsWith(PREFIX)) return undefined;
  return Number.parseInt(error.message.slice(PREFIX.length), 10);
}

const PREFIX = 'shard ';
