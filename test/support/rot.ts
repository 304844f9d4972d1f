import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation } from '../../daemon/effects/key-value-store.ts';
import { openLevelStore } from '../../daemon/node/key-value-store.ts';
import { decodeChild, encodeChild } from '../../daemon/store/entry-row.ts';
import { folderKey } from '../../daemon/store/keys.ts';
import { rowsUnder } from '../../daemon/store/pages.ts';

/** The first folder of a device. */
const FOLDER = 1;

/**
 * Changes a byte in the middle of a file as a failing disk would: no stamp tells of it. No program can do that to a
 * file, so the stamp that a stopped daemon remembers is changed instead.
 */
export async function rot(home: string, path: string): Promise<void> {
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const stat = lstatSync(path, { bigint: true });
  const store = await openLevelStore(join(home, 'state'));
  try {
    const batch: Operation[] = [];
    for (const [key, row] of await rowsUnder(store, folderKey('s', FOLDER))) {
      const { id, stamp } = decodeChild(row);
      if (stamp.inode !== stat.ino) continue;
      const value = encodeChild(id, { ...stamp, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs });
      batch.push({ kind: 'put', key, value });
    }
    if (batch.length !== 1) throw new Error(`${path} is remembered ${batch.length} times`);
    await store.write(batch, { durable: true });
  } finally {
    await store.close();
  }
}
