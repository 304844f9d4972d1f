import { CodedError } from '../../../protocol/errors.ts';

/** The job was not done, because it came without these stored shards; it is to be run again with them. */
export function shardMissing(shards: readonly number[], cause?: unknown): CodedError {
  const message = `${PREFIX}${shards.join(', ')}`;
  return new CodedError('shard-missing', message, cause === undefined ? undefined : { cause });
}

/** The shards that a 'shard-missing' error names; survives the way out of a worker, which keeps code and message. */
export function missingShards(error: CodedError): readonly number[] {
  if (error.code !== 'shard-missing' || !error.message.startsWith(PREFIX)) return [];
  return error.message.slice(PREFIX.length).split(', ').map(Number);
}

const PREFIX = 'the merge needs these shards loaded: ';
