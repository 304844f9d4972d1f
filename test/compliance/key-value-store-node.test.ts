import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLevelStore } from '../../daemon/node/key-value-store.ts';
import { createMemoryStore } from '../simulator/memory-store.ts';
import { keyValueStoreCompliance } from './key-value-store.ts';

let path = '';
const makeHome = (): void => {
  path = mkdtempSync(join(tmpdir(), 'sheaf-store-'));
};
const removeHome = (): void => rmSync(path, { recursive: true, force: true });

keyValueStoreCompliance(
  'LevelDB',
  () => {
    makeHome();
    return openLevelStore(path);
  },
  removeHome,
);
keyValueStoreCompliance('memory', async () => createMemoryStore());

const range = { from: Uint8Array.of(0), to: Uint8Array.of(255) };

describe('LevelDB', () => {
  beforeEach(makeHome);
  afterEach(removeHome);

  it('keeps what it holds across a restart', async () => {
    const first = await openLevelStore(path);
    await first.write([{ kind: 'put', key: Uint8Array.of(1), value: Uint8Array.of(2) }], { durable: false });
    await first.close();
    const second = await openLevelStore(path);
    expect(second.get(Uint8Array.of(1))).toEqual(Uint8Array.of(2));
    await second.close();
  });

  it('lets nobody else in while it is open', async () => {
    const store = await openLevelStore(path);
    await expect(openLevelStore(path)).rejects.toMatchObject({ code: 'home-locked' });
    await store.close();
    await (await openLevelStore(path)).close();
  });

  it('never returns a damaged value, and names the kind of its row', async () => {
    const store = await openLevelStore(path);
    const value = new TextEncoder().encode('a value that is easy to find on the disk');
    const key = new TextEncoder().encode('e-key');
    await store.write([{ kind: 'put', key, value }], { durable: true });
    await store.close();
    // Opening moves the log into a table, whose blocks LevelDB does not verify unless asked; it is never asked.
    await (await openLevelStore(path)).close();
    expect(flipByteAfter('easy to find')).toBe(true);

    const damaged = await openLevelStore(path);
    expect(() => damaged.get(key)).toThrow(expect.objectContaining({ code: 'state-damaged' }));
    expect(() => damaged.get(key)).toThrow("kind 'e'");
    await expect(damaged.range(range)).rejects.toMatchObject({ code: 'state-damaged' });
    await damaged.close();
  });

  it('tells a value that stands under another key', async () => {
    const store = await openLevelStore(path);
    const value = Uint8Array.of(1, 2, 3);
    await store.write([{ kind: 'put', key: new TextEncoder().encode('e-easy to find-A'), value }], { durable: true });
    await store.close();
    await (await openLevelStore(path)).close();
    expect(flipByteAfter('easy to find-')).toBe(true);
    const damaged = await openLevelStore(path);
    await expect(damaged.range(range)).rejects.toMatchObject({ code: 'state-damaged' });
    await damaged.close();
  });
});

/** Changes the byte after `text` in the one file of the database that holds it. */
function flipByteAfter(text: string): boolean {
  for (const name of readdirSync(path)) {
    const file = join(path, name);
    const bytes = readFileSync(file);
    const at = bytes.indexOf(text);
    if (at < 0) continue;
    const target = at + text.length;
    bytes[target] = (bytes[target] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    return true;
  }
  return false;
}
