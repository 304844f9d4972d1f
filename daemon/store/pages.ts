import type { KeyValueStore } from '../effects/key-value-store.ts';
import { endOf } from './keys.ts';

/** Rows read at a time: enough to make a round trip cheap, few enough to hold. */
const PAGE_ROWS = 1000;

/** Everything under a prefix, page by page, in key order. */
export async function* pagesUnder(
  store: KeyValueStore,
  prefix: Uint8Array,
): AsyncGenerator<readonly (readonly [Uint8Array, Uint8Array])[]> {
  const to = endOf(prefix);
  let from = prefix;
  for (;;) {
    const page = await store.range({ from, to, limit: PAGE_ROWS });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    // The smallest key after `last`: the same with a zero byte behind.
    from = new Uint8Array(last[0].length + 1);
    from.set(last[0]);
  }
}

/** As `pagesUnder`, all at once: only for ranges that are known to be short. */
export async function rowsUnder(
  store: KeyValueStore,
  prefix: Uint8Array,
): Promise<readonly (readonly [Uint8Array, Uint8Array])[]> {
  const rows: (readonly [Uint8Array, Uint8Array])[] = [];
  for await (const page of pagesUnder(store, prefix)) rows.push(...page);
  return rows;
}

/** Deletes everything under a prefix but the row that has just the prefix for its key; not durable by itself. */
export async function eraseUnder(store: KeyValueStore, prefix: Uint8Array): Promise<void> {
  for await (const page of pagesUnder(store, prefix)) {
    const rows = page.filter(([key]) => key.length > prefix.length);
    await store.write(
      rows.map(([key]) => ({ kind: 'delete', key })),
      { durable: false },
    );
  }
}
