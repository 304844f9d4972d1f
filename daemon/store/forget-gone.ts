import { toHex } from '../../protocol/bytes.ts';
import type { EntryId } from '../../protocol/ids.ts';
import { wantedPlacement } from '../core/entry.ts';
import type { KeyValueStore, Operation } from '../effects/key-value-store.ts';
import { decodeEntry, goneSince, isHere, withGoneSince } from './entry-row.ts';
import { folderKey } from './keys.ts';
import { pagesUnder } from './pages.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** As long as the trash keeps what was deleted: until then people ask what became of it. */
const KEPT_DAYS = 30;

/**
 * Forgets files and links that are gone for long: every file that ever was would stay in the index for ever. Only a row
 * of the index goes. The registers keep the deletion, and tell of it when a device that was away changes the file
 * (`engine/logs/recall.ts`). Directories stay: something may be put into them, and `log` names paths by them.
 * @param inTurn keeps everybody else from the index meanwhile
 * @returns how many were forgotten
 */
export async function forgetGone(
  store: KeyValueStore,
  folder: number,
  nowMs: number,
  inTurn: (work: () => Promise<void>) => Promise<void>,
): Promise<number> {
  const today = Math.floor(nowMs / DAY_MS);
  let forgotten = 0;
  for await (const page of pagesUnder(store, folderKey('e', folder))) {
    const gone = page.filter(([key, row]) => isGone(key, row));
    if (gone.length === 0) continue;
    await inTurn(async () => {
      const batch: Operation[] = [];
      for (const [key] of gone) {
        const row = store.get(key);
        if (row === undefined || !isGone(key, row)) continue;
        const since = goneSince(row);
        if (since === undefined) batch.push({ kind: 'put', key, value: withGoneSince(row, today) });
        else if (today - since > KEPT_DAYS) {
          batch.push({ kind: 'delete', key });
          forgotten += 1;
        }
      }
      if (batch.length > 0) await store.write(batch, { durable: false });
    });
  }
  return forgotten;
}

function isGone(key: Uint8Array, row: Uint8Array): boolean {
  if (isHere(row)) return false;
  const entry = decodeEntry(toHex(key.subarray(5)) as EntryId, row);
  if (entry.liveChildren > 0) return false;
  return wantedPlacement(entry) === undefined && entry.remote?.content.kind !== 'directory';
}
