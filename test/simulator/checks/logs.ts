import { type FeedHead, Feeds } from '../../../daemon/store/feeds.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import { decodeLogEntry, NO_RECORD, verifyLogEntry } from '../../../protocol/log-entry.ts';
import type { SimulatedDevice } from '../world/device.ts';
import type { Place, World } from '../world/world.ts';
import { FOLDER, rowsOf } from './rows.ts';

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

/** Entries of a device's own logs that others have and it does not: it told of them before they were durable. */
export async function announcedEarly(world: World, { device }: Place): Promise<readonly string[]> {
  const own = await headsOf(device);
  const others = world.places.filter((place) => place.device !== device);
  const found: string[] = [];
  for (const { device: other } of others) {
    for (const { feed, sequence } of await headsOf(other, device.id)) {
      const here = own.find((head) => head.feed === feed)?.sequence ?? 0;
      if (sequence > here)
        found.push(`${device.name} has lost ${feed}/${sequence} of its own, which ${other.name} has`);
    }
  }
  return found;
}

async function headsOf(device: SimulatedDevice, author?: DeviceId): Promise<readonly FeedHead[]> {
  const feeds = new Feeds(rowsOf(device), FOLDER);
  await feeds.load();
  return feeds.heads().filter((head) => author === undefined || head.device === author);
}

/** How far every device has every log, as text. */
export async function frontiers(world: World): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { device } of world.places) {
    const heads = await headsOf(device);
    found.push(heads.map(({ feed, sequence }) => `${feed.slice(0, 8)}:${sequence}`).join(' '));
  }
  return found;
}
