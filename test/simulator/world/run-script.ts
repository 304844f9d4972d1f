import { HIDDEN } from '../../../daemon/engine/disk/places.ts';
import { leaked, lost, torn } from '../checks/contents.ts';
import { brokenLogs, frontiers, type Published } from '../checks/logs.ts';
import { unsettled } from '../checks/registers.ts';
import { describeTree, treesDiffer } from '../checks/trees.ts';
import { Killed } from '../disk/operations.ts';
import { isUnguarded } from '../disk/unguarded.ts';
import { Faults } from './faults.ts';
import { meddle } from './meddle.ts';
import type { Script, Step } from './script.ts';
import { type Trigger, World } from './world.ts';

/** Longest a fault lasts, and more than a stopped device takes to come back. */
const FAULTS_END_MS = 100_000;
/** With nothing wrong any more, everybody must be in sync within this. */
const SYNC_WITHIN_MS = 90_000;
/** Full scans are an hour and a quarter apart at most; nothing may happen then either. */
const QUIET_MS = 80 * 60_000;
/** Without anybody asking, all disks show the same within this: what could not be read is looked at again by then. */
const BY_ITSELF_MS = 15 * 60_000;
const LOOK_MS = 5000;
/** How long somebody who asks whether all is in sync waits for it. */
const WAIT_MS = 20_000;

/** Worlds that come to rest take some hundred to some thousand. */
const EVENTS_LIMIT = 25_000;

/** What daemons say when they go a way that is rarely gone. */
const RARE: readonly (readonly [string, RegExp])[] = [
  ['a version was given up', / warn no member has this version any more/],
  ['registers were built anew', / warn what is stored of the registers is damaged and is built anew/],
  ['a folder was halted for its database', / error a folder is halted .*"state-unusable"/],
  ['a folder was halted for its root', / error a folder is halted .*"root-(missing|changed)"/],
  ['a folder was halted for its disk', / error a folder is halted .*"E[A-Z]+"/],
];

export interface Outcome {
  readonly violations: readonly string[];
  /** Of all events, notes and log lines: equal for two runs of one script. */
  readonly hash: number;
  readonly events: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly virtualMs: number;
}

export interface RunOptions {
  readonly onNote?: (line: string) => void;
  /** Called with the world before its first step. */
  readonly onWorld?: (world: World) => void;
}

/** Lives through a script, ends all faults, and tells what is wrong with the world then, or was on the way. */
export async function runScript(script: Script, options: RunOptions = {}): Promise<Outcome> {
  const world = new World(script);
  world.schedule.onNote = (line) => {
    for (const [what, pattern] of RARE) if (pattern.test(line)) world.count(what);
    options.onNote?.(line);
  };
  options.onWorld?.(world);
  const faults = new Faults(world);
  const published: Published = new Map();
  world.schedule.limit = EVENTS_LIMIT;
  const onUnhandled = (reason: unknown): void => {
    // What a process that was killed was doing fails, and nobody is there to hear of it.
    if (!(reason instanceof Killed)) world.blame(`a rejection that nobody handled: ${text(reason)}`);
  };
  process.on('unhandledRejection', onUnhandled);
  try {
    await world.begin();
    const startMs = world.schedule.nowMs;
    for (const step of script.steps) {
      await world.schedule.pass(Math.max(0, startMs + step.atMs - world.schedule.nowMs));
      take(world, faults, step);
      for (const what of torn(world)) world.blame(what);
      if (world.violations.length > 0) break;
    }
    for (const what of await brokenLogs(world, published)) world.blame(what);
    if (world.violations.length === 0) await settle(world, faults, published, losesHints(script));
  } catch (error) {
    world.blame(`the world ended: ${text(error)}`);
  } finally {
    process.off('unhandledRejection', onUnhandled);
  }
  for (const { device } of world.places) device.lastBreath();
  const { hash, count, nowMs } = world.schedule;
  return { violations: world.violations, hash, events: count, counts: world.counts, virtualMs: nowMs };
}

function text(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function take(world: World, faults: Faults, step: Step): void {
  if (step.kind === 'fault') return faults.happen(step.fault);
  const { device, person, triggers } = world.place(step.device);
  const act = (action: Extract<Step, { kind: 'user' }>['action']): void => {
    const done = person.act(action);
    if (done === undefined) return;
    world.disturbances += 1;
    world.count(`user: ${action.kind}`);
    world.schedule.note(`${device.name} USER ${done}`);
  };
  if (step.kind === 'user') act(step.action);
  else if (step.kind === 'wait') askInSync(world, step.device);
  else if (step.kind === 'meddle') meddle(world, step);
  else {
    let left = step.operations;
    const trigger: Trigger = (operation) => {
      left -= 1;
      if (left >= 0 || isUnguarded(operation)) return undefined;
      triggers.delete(trigger);
      world.count('user between two operations');
      act(step.action);
      return undefined;
    };
    triggers.add(trigger);
  }
}

/** Whoever is told that all is in sync must find it so, unless something was changed in the meantime. */
function askInSync(world: World, number: number): void {
  const { device } = world.place(number);
  if (!device.ready) return;
  const before = world.disturbances + world.ledger.entries;
  void device.api.wait({ timeoutMs: WAIT_MS }, new AbortController().signal).then(({ inSync }) => {
    if (!inSync || world.disturbances + world.ledger.entries !== before) return;
    world.count('was told that all is in sync');
    for (const what of treesDiffer(world)) world.blame(`${device.name} says that all is in sync, but ${what}`);
  });
}

function losesHints({ steps }: Script): boolean {
  return steps.some((step) => step.kind === 'fault' && step.fault.kind === 'lies' && step.fault.drops > 0);
}

/** Nobody has to ask for it: hints, or where they were lost the next full scan, tell what was changed. */
async function comeTogether(world: World, withinMs: number): Promise<void> {
  for (let passedMs = 0; treesDiffer(world).length > 0; passedMs += LOOK_MS) {
    if (passedMs >= withinMs) return world.blame(`not by itself: ${treesDiffer(world).join('; ')}`);
    await world.schedule.pass(LOOK_MS);
  }
}

async function settle(world: World, faults: Faults, published: Published, hintsLost: boolean): Promise<void> {
  const { schedule } = world;
  faults.end();
  await schedule.pass(FAULTS_END_MS);
  const ready = await schedule.until(() => world.places.every(({ device }) => device.ready), SYNC_WITHIN_MS);
  if (!ready) return world.blame('not all devices came back');
  await comeTogether(world, hintsLost ? QUIET_MS : BY_ITSELF_MS);
  const asked = world.places.map(async ({ device }) => ({
    name: device.name,
    answer: await device.api.wait({ timeoutMs: SYNC_WITHIN_MS }, new AbortController().signal),
  }));
  const answers = await schedule.during(Promise.all(asked), SYNC_WITHIN_MS * 2);
  for (const { name, answer } of answers) {
    if (!answer.inSync) world.blame(`${name} never gets in sync: ${answer.missing.join('; ')}`);
  }
  const wrong = [
    ...treesDiffer(world),
    ...lost(world),
    ...torn(world),
    ...leaked(world),
    ...(await unsettled(world)),
    ...(await brokenLogs(world, published)),
  ];
  for (const what of wrong) world.blame(what);
  const paths = [...world.place(0).person.tree().keys()];
  if (paths.some((path) => path.includes('(conflict '))) world.count('a conflict copy is left');
  const aliased = world.places.some(({ person }) => [...person.tree().keys()].some((path) => path.includes('(alias ')));
  if (aliased) world.count('an alias is left');
  for (const { reader, person, device } of world.places) {
    if (reader) world.count(person.acted ? 'somebody worked at a reader' : 'nobody worked at a reader');
    if (device.disk.tree.options.stampNs > 1n) world.count('a disk had coarse stamps');
  }
  if (world.places.length > 4) world.count('five devices');
  if (world.violations.length === 0) await stayQuiet(world);
}

/** Once settled, nothing is written any more: no log entry, and nothing below a root. */
async function stayQuiet(world: World): Promise<void> {
  const before = await frontiers(world);
  const trees = describeTree(world.place(0)).join('\n');
  let changes = 0;
  for (const { device } of world.places) {
    const tell = device.disk.onChange;
    device.disk.onChange = (directory, name) => {
      if (!directory.includes(`/${HIDDEN}`) && name !== HIDDEN) changes += 1;
      tell?.(directory, name);
    };
  }
  await world.schedule.pass(QUIET_MS);
  const after = await frontiers(world);
  if (after.join('\n') !== before.join('\n'))
    world.blame(`not quiet: ${before.join(' | ')} became ${after.join(' | ')}`);
  if (changes > 0) world.blame(`not quiet: ${changes} changes on disks after all was settled`);
  if (describeTree(world.place(0)).join('\n') !== trees)
    world.blame('not quiet: the tree changed after all was settled');
  for (const { device } of world.alike) {
    const { folders } = await device.api.status();
    const { state, problems } = folders[0] ?? {};
    if (state !== 'in-sync') world.blame(`${device.name} says ${state} at rest: ${JSON.stringify(problems)}`);
  }
}
