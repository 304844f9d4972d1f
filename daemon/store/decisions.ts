import { utf8 } from '../../protocol/bytes.ts';
import { decode, encode, readArray, readInteger } from '../../protocol/codec.ts';
import type { KeyValueStore } from '../effects/key-value-store.ts';
import { folderKey } from './keys.ts';

/** What a person decided about changes that were held. */
export interface Decision {
  readonly verdict: 'go' | 'undo';
  /** So many of them are still to come, 1 or more. */
  readonly changes: number;
  /** By the wall clock, in ms since 1970. */
  readonly atMs: number;
}

/** The place of one brake's decision. */
export interface DecisionRow {
  load(): Decision | undefined;
  /** Resolves when it is durable; undefined: there is none any more. */
  save(decision: Decision | undefined): Promise<void>;
}

const ROW_VERSION = 1;
const VERDICTS = ['go', 'undo'] as const;

/** @param brake names one of the brakes of the folder */
export function decisionRow(store: KeyValueStore, folder: number, brake: string): DecisionRow {
  const key = folderKey('b', folder, utf8(brake));
  return {
    load() {
      const row = store.get(key);
      if (row === undefined) return undefined;
      const fields = readArray(decode(row));
      // One that a newer sheaf wrote is asked for again: to hold once more is always safe.
      if (fields[0] !== ROW_VERSION) return undefined;
      return {
        verdict: VERDICTS[readInteger(fields[1], 0, VERDICTS.length - 1)] ?? 'go',
        changes: readInteger(fields[2], 1, Number.MAX_SAFE_INTEGER),
        atMs: readInteger(fields[3], 0, Number.MAX_SAFE_INTEGER),
      };
    },
    save(decision) {
      if (decision === undefined) return store.write([{ kind: 'delete', key }], { durable: true });
      const { verdict, changes, atMs } = decision;
      const value = encode([ROW_VERSION, VERDICTS.indexOf(verdict), changes, atMs]);
      return store.write([{ kind: 'put', key, value }], { durable: true });
    },
  };
}
