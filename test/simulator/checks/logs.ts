import { Feeds } from '../../../daemon/store/feeds.ts';
import { decodeLogEntry, NO_RECORD, verifyLogEntry } from '../../../protocol/log-entry.ts';
import type { World } from '../world/world.ts';
import { FOLDER } from './registers.ts';
import { rowsOf } from './rows.ts';

const ALL_BYTES = Number.MAX_SAFE_INTEGER;

/** Ids of log entries by log and sequence, as some device had them at some time. */
export type Published = Map<string, string>;

/**
 * Every log on every device is an unbroken chain of signed entries, and no two devices, and no two moments, know
 * different entries under one sequence.
 */
export async function brokenLogs(world: World, published: Published): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { device } of world.places) {
    const feeds = new Feeds(rowsOf(device), FOLDER);
    await feeds.load();
    for (const { feed, sequence, last } of feeds.heads()) {
      let previous: string = NO_RECORD;
      const entries = (await feeds.read(feed, 1, ALL_BYTES)).map(decodeLogEntry);
      for (const [index, entry] of entries.entries()) {
        const name = `${feed}/${index + 1}`;
        const before = published.get(name);
        if (before !== undefined && before !== entry.id) found.push(`${device.name}: two entries are called ${name}`);
        if (before === undefined && !verifyLogEntry(entry)) found.push(`${device.name}: ${name} is not signed`);
        published.set(name, entry.id);
        const { header } = entry;
        if (header.previous !== previous || header.sequence !== index + 1)
          found.push(`${device.name}: ${name} is no link`);
        previous = entry.id;
      }
      if (entries.length !== sequence || previous !== last)
        found.push(`${device.name}: ${feed} does not end as it says`);
    }
  }
  return found;
}

/** How far every device has every log, as text. */
export async function frontiers(world: World): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { device } of world.places) {
    const feeds = new Feeds(rowsOf(device), FOLDER);
    await feeds.load();
    found.push(
      feeds
        .heads()
        .map(({ feed, sequence }) => `${feed.slice(0, 8)}:${sequence}`)
        .join(' '),
    );
  }
  return found;
}
