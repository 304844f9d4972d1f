import { sameFrontier } from '../../protocol/frontier.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { WaitResult } from '../../protocol/local-api.ts';
import { heldBatches } from './care/held.ts';
import type { Folder } from './folder.ts';

/** A member gets this long to scan a large tree and answer; then it is asked again. */
const PROBE_MS = 30_000;
/**
 * Between rounds, of which each makes everybody look through a whole disk: a tenth of the time in which nothing was heard
 * to change, between these.
 */
const ROUND_MS = 50;
const ROUND_MOST_MS = 1000;
const ROUND_SHARE = 0.1;

/** Who has to agree before a wait is over. */
export interface WaitFor {
  /** Only this member. */
  readonly peer?: DeviceId;
  /** At least this many others, whichever. */
  readonly copies?: number;
}

/**
 * Waits until folders are truly in sync: this disk is scanned anew, every member that counts scans its own, and both
 * sides name the same frontier with nothing left to apply. An empty queue is never taken for an answer.
 * @param now a folder as it is by now: it may have been opened anew
 */
export async function waitForSync(
  folders: readonly Folder[],
  now: (folder: Folder) => Folder,
  waitFor: WaitFor,
  timeoutMs: number,
  cancelled: AbortSignal,
): Promise<WaitResult> {
  const results = await Promise.all(
    folders.map((folder) => waitForFolder(() => now(folder), waitFor, timeoutMs, cancelled)),
  );
  const missing = results.flat();
  return { inSync: missing.length === 0, missing };
}

async function waitForFolder(
  folder: () => Folder,
  waitFor: WaitFor,
  timeoutMs: number,
  cancelled: AbortSignal,
): Promise<readonly string[]> {
  const { clock } = folder().context;
  const untilMs = clock.monotonicMs() + timeoutMs;
  let before = { heard: '', sinceMs: 0 };
  for (;;) {
    const left = Math.max(0, untilMs - clock.monotonicMs());
    const missing = await askAll(folder(), waitFor, Math.max(left, ROUND_MS));
    const nowMs = clock.monotonicMs();
    if (missing.length === 0 || cancelled.aborted || nowMs >= untilMs) return missing;
    const heard = JSON.stringify([missing, [...folder().context.feeds.frontier()]]);
    if (heard !== before.heard) before = { heard, sinceMs: nowMs };
    const pauseMs = Math.min(ROUND_MOST_MS, Math.max(ROUND_MS, ROUND_SHARE * (nowMs - before.sinceMs)));
    await new Promise<void>((resolve) => {
      clock.after(Math.min(pauseMs, left), resolve);
    });
  }
}

/** One round. Returns what is missing, a line each. */
async function askAll(folder: Folder, waitFor: WaitFor, leftMs: number): Promise<readonly string[]> {
  const { config, membership, device, feeds } = folder.context;
  const { halted } = folder;
  if (halted !== undefined) return [`${config.name}: ${halted.message}`];
  const before = membership.current;
  const members = before.members.filter((member) => member.device !== device.id);
  const wanted = waitFor.peer === undefined ? members : members.filter((member) => member.device === waitFor.peer);
  const own = folder.flush(leftMs);
  const connected = new Set(folder.gossip.devices());
  const reports = await Promise.all(
    wanted.map(async ({ device: id, name }) => {
      if (!connected.has(id)) return { name, line: `${config.name}: ${name} is not connected` };
      const report = await folder.gossip.probe(id, Math.min(PROBE_MS, leftMs));
      return { name, report };
    }),
  );
  await own;
  const mine = folder.syncState();
  if (!mine.settled) return [`${config.name}: ${whatIsLeft(folder)}`];
  // Whoever was heard of just now was not asked.
  if (!folder.gossip.records.complete || membership.current !== before)
    return [`${config.name}: others know of members that are not known here yet`];
  const lines = reports.flatMap(({ name, line, report }) => {
    if (line !== undefined) return [line];
    if (report === undefined) return [`${config.name}: ${name} has not answered yet`];
    if (!report.settled) return [`${config.name}: ${name} ${whatIsLeftThere(report.pending)}`];
    return sameFrontier(report.frontier, feeds.frontier()) ? [] : [`${config.name}: ${name} has other changes`];
  });
  const enough = waitFor.copies !== undefined && reports.length - lines.length >= waitFor.copies;
  if (waitFor.copies !== undefined && !enough && lines.length === 0) {
    return [`${config.name}: there are ${reports.length} other device(s), not ${waitFor.copies}`];
  }
  return enough ? [] : lines;
}

function whatIsLeftThere(pending: number): string {
  if (pending > 0) return `still has ${pending} change(s) to apply`;
  return 'is still looking at its disk, or can not read all of it: "sheaf status" there tells';
}

function whatIsLeft(folder: Folder): string {
  const { dirty } = folder.context.index.counters();
  const held = heldBatches(folder.context)[0];
  if (held !== undefined) return `${held.message}: "sheaf approve ${held.id}" or "sheaf reject ${held.id}"`;
  const { problems } = folder.context;
  const [unreadable, ...more] = folder.unreadable.toSorted();
  const first = problems.list().find(({ path }) => unreadable === undefined || path === unreadable);
  const why = first === undefined ? '' : ` (${first.path}: ${first.message})`;
  if (dirty === 0 && unreadable !== undefined) {
    return `${1 + more.length} file(s) or directories here can not be read, and may be lacking elsewhere${why}`;
  }
  return dirty > 0 ? `${dirty} change(s) are not on this disk yet${why}` : `this disk is still being scanned${why}`;
}
