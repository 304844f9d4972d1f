import { seededChoices } from '../simulator/disk/choices.ts';
import type { DeviceOperation, Fault } from '../simulator/disk/operations.ts';
import { ROOT, type SimulatedDevice } from '../simulator/world/device.ts';
import { Pair, type PairImage } from './pair.ts';
import { type Picture, pictureOf, show } from './pair-picture.ts';
import { handOf, type PairScenario } from './pair-scenarios.ts';

const SETTLE_MS = 120_000;
/** After an error that passed, things go on by themselves within this. */
const BY_THEMSELVES_MS = 90_000;
/** People work this long while the devices can not reach each other. */
const APART_MS = 500;

/** How the n-th operation of one device goes wrong. */
export type Ending =
  | { readonly kind: 'kill' }
  /** Killed, and after its restart again before this changing operation. */
  | { readonly kind: 'kill-again'; readonly after: number }
  /** The number of a power cut: below the count of named ones one of those, else a random one. */
  | { readonly kind: 'power-cut'; readonly cut: number }
  /** Killed, and when all is well again the power goes, and nothing survives that was not synced. */
  | { readonly kind: 'kill-then-cut' }
  | { readonly kind: 'fault'; readonly fault: Fault };

export interface Point {
  /** 0 is the first device. */
  readonly device: 0 | 1;
  /** Counts that device's operations from the moment people begin. */
  readonly number: number;
  readonly ending: Ending;
}

export interface CaseOutcome {
  /** What is wrong; nothing when all is well. */
  readonly violations: readonly string[];
  /** The daemon had to be restarted although the fault did not end it. */
  readonly restarted: boolean;
  /** False when a second kill was to come and never did. */
  readonly complete: boolean;
}

/** Operations that leave something else behind than there was before. */
const CHANGING = /^(create|make|remove|rename|link|set|sync|write)|^file\.s(et|ync)/;

export function isChanging({ call }: DeviceOperation): boolean {
  return CHANGING.test(call);
}

/** The pair as it stands before the scenario. */
export async function preparePair(scenario: PairScenario): Promise<PairImage> {
  const pair = new Pair(scenario);
  const [ada, ben] = pair.devices;
  for (const device of pair.devices) await pair.start(device);
  fill(ada, scenario.before);
  await pair.add();
  const joins = scenario.joinsWith === undefined;
  if (joins) await settled(pair, true);
  else fill(ben, scenario.joinsWith);
  await pair.schedule.pass(APART_MS);
  return pair.freeze();
}

function fill(device: SimulatedDevice, files: Picture): void {
  const hand = handOf(device.disk.user);
  for (const [path, letter] of Object.entries(files)) hand.write(path, letter);
}

async function settled(pair: Pair, joins: boolean): Promise<void> {
  if (!(await pair.settle(SETTLE_MS, joins))) throw new Error('the pair does not settle before anything happens');
}

/** The operations of both devices when nothing goes wrong. Throws when something does. */
export async function operationsOf(
  scenario: PairScenario,
  image: PairImage,
): Promise<readonly [readonly DeviceOperation[], readonly DeviceOperation[]]> {
  const recorded: [DeviceOperation[], DeviceOperation[]] = [[], []];
  const run = new PairCase(scenario, image);
  await run.begin((device, operation) => {
    recorded[device].push(operation);
    return undefined;
  });
  const violations = (await run.settle(SETTLE_MS)) ? run.check() : ['not in sync in the end'];
  if (violations.length > 0) throw new Error(`${scenario.name}, without any fault: ${violations.join('; ')}`);
  return recorded;
}

/** Lives through one case. @param onNote hears every event and operation, for people */
export async function runPairCase(
  scenario: PairScenario,
  image: PairImage,
  point: Point,
  onNote?: (line: string) => void,
): Promise<CaseOutcome> {
  const run = new PairCase(scenario, image, onNote);
  const target = run.pair.devices[point.device];
  const { ending } = point;
  let hit = false;
  await run.begin((device, { number }) => {
    if (hit || device !== point.device || number !== point.number) return undefined;
    hit = true;
    if (ending.kind === 'fault' && !ending.fault.kind.startsWith('kill')) return ending.fault;
    target.lastBreath();
    return ending.kind === 'fault' ? ending.fault : { kind: 'kill' };
  });
  const well = await run.settle(BY_THEMSELVES_MS);
  if (!hit) return { violations: ['the operation never came'], restarted: false, complete: false };
  if (well) return { violations: run.check(), restarted: false, complete: true };
  const died = !target.ready;
  const early = run.end(point.device, ending);
  const complete = ending.kind !== 'kill-again' || (await run.killAgain(target, ending.after));
  await run.restart(target);
  const late = ending.kind === 'kill-then-cut' ? await run.cutLater(point.device) : [];
  return { violations: [...early, ...late, ...(await run.checkAtTheEnd())], restarted: !died, complete };
}

class PairCase {
  readonly pair: Pair;
  readonly #scenario: PairScenario;
  readonly #onNote: ((line: string) => void) | undefined;
  /** What stood where right after the power went, when somebody had worked at that device. */
  #afterCut: { readonly own: Picture; readonly other: Picture } | undefined;

  constructor(scenario: PairScenario, image: PairImage, onNote?: (line: string) => void) {
    this.#scenario = scenario;
    this.#onNote = onNote;
    this.pair = new Pair(scenario, image);
    this.pair.schedule.onNote = onNote;
  }

  get #joins(): boolean {
    return this.#scenario.joinsWith !== undefined;
  }

  settle(withinMs: number): Promise<boolean> {
    return this.pair.settle(withinMs, this.#joins);
  }

  /** Both run, and are in sync unless one is to join; then people act, and operations are counted. */
  async begin(before: (device: 0 | 1, operation: DeviceOperation) => Fault | undefined): Promise<void> {
    const { pair } = this;
    const { ada, ben } = this.#scenario;
    for (const device of pair.devices) await pair.start(device);
    if (!this.#joins) await settled(pair, false);
    const [first, second] = pair.devices;
    if (ada !== undefined && ben !== undefined) pair.internet.cut(first.id, second.id);
    for (const [index, device] of pair.devices.entries()) {
      const from = device.operations.count;
      device.operations.before = (each) => {
        const number = each.number - from;
        if (each.call !== 'get') this.#onNote?.(`  ${device.name} ${number} ${each.room} ${each.call} ${each.subject}`);
        return before(index === 0 ? 0 : 1, { ...each, number });
      };
    }
    ada?.(handOf(first.disk.user));
    ben?.(handOf(second.disk.user));
    if (!this.#joins) await pair.schedule.pass(APART_MS);
    pair.internet.heal(first.id, second.id);
  }

  /** Acts out the end of the process. Returns what is wrong right after it. */
  end(device: 0 | 1, ending: Ending): readonly string[] {
    const target = this.pair.devices[device];
    if (ending.kind !== 'power-cut') {
      target.kill();
      return [];
    }
    return this.#cut(device, ending.cut);
  }

  async restart(device: SimulatedDevice): Promise<void> {
    await this.pair.start(device);
  }

  /** Starts the device and kills it before a changing operation. False when it came to rest without. */
  async killAgain(device: SimulatedDevice, after: number): Promise<boolean> {
    let left = after;
    const counting = device.operations.before;
    device.operations.before = (operation) => {
      counting?.(operation);
      if (!isChanging(operation)) return undefined;
      left -= 1;
      if (left > 0) return undefined;
      device.lastBreath();
      return { kind: 'kill' };
    };
    // It may die before it answers; then its start never comes to an end.
    device.start().catch(() => undefined);
    const done = (): boolean => left <= 0;
    await this.pair.schedule.until(done, SETTLE_MS / 20);
    device.operations.before = counting;
    device.kill();
    return left <= 0;
  }

  /** When all is well the power goes at this device, and only what was synced is there afterwards. */
  async cutLater(device: 0 | 1): Promise<readonly string[]> {
    if (!(await this.settle(SETTLE_MS))) return ['not in sync after the kill'];
    const violations = this.#cut(device, 0);
    await this.restart(this.pair.devices[device]);
    return violations;
  }

  async checkAtTheEnd(): Promise<readonly string[]> {
    if (await this.settle(SETTLE_MS)) return this.check();
    return [`not in sync in the end: ${(await this.pair.states()).join(', ')}`];
  }

  #cut(device: 0 | 1, cut: number): readonly string[] {
    const target = this.pair.devices[device];
    const further = seededChoices(cut);
    let first = true;
    target.powerCut((options) => {
      const chosen = first ? cut : further(options);
      first = false;
      return chosen;
    });
    const own = pictureOf(target);
    const other = pictureOf(this.pair.devices[device === 0 ? 1 : 0]);
    this.#onNote?.(`after the power cut: ${show(own)}; the other device: ${show(other)}`);
    const worked = (device === 0 ? this.#scenario.ada : this.#scenario.ben) !== undefined;
    if (worked) this.#afterCut = { own, other };
    return Object.entries(own).flatMap(([path, content]) => {
      if (content !== 'torn') return [];
      if (!worked) return [`${path} is torn after the power cut`];
      // Of a file that both changed the other one may have its own version.
      const alone = this.#scenario.ada === undefined || this.#scenario.ben === undefined;
      const announced = alone && other[path] !== undefined && other[path] === this.#scenario.after[path];
      return announced ? [`${path} was announced and is torn after the power cut`] : [];
    });
  }

  check(): readonly string[] {
    const [ada, ben] = this.pair.devices.map(pictureOf);
    const one = show(ada);
    if (one !== show(ben)) return [`the trees differ: ${one} and ${show(ben)}`];
    if (this.#afterCut === undefined) {
      const { after, anyShape } = this.#scenario;
      const there = new Set(Object.values(ada ?? {}));
      if (anyShape === true)
        return sameSet(there, new Set(Object.values(after))) ? [] : [`${one} holds other contents`];
      return one === show(after) ? this.#attributes() : [`${one} instead of ${show(after)}`];
    }
    return this.#checkAfterCut(this.#afterCut, Object.values(ada ?? {}));
  }

  #attributes(): readonly string[] {
    return this.pair.devices.flatMap(({ name, disk }) => {
      const tree = disk.user.tree(ROOT, ['.sheaf']);
      return Object.entries(this.#scenario.attributes ?? {}).flatMap(([path, { executable, mtimeNs }]) => {
        const found = tree.get(path);
        const mode = executable === undefined || executable === ((found?.mode ?? 0) & 0o100) > 0;
        const time = mtimeNs === undefined || mtimeNs === found?.mtimeNs;
        return mode && time ? [] : [`${path} of ${name} has mode ${found?.mode} and time ${found?.mtimeNs}`];
      });
    });
  }

  /** What somebody wrote and never synced may be lost, but not what the disk or the other device had. */
  #checkAfterCut({ own, other }: { own: Picture; other: Picture }, found: readonly string[]): readonly string[] {
    const { before, after } = this.#scenario;
    const had = new Set([...Object.values(own), ...Object.values(other)]);
    const lost = Object.values(after).filter((content) => had.has(content) && !found.includes(content));
    const known = new Set([...had, ...Object.values(before), ...Object.values(after)]);
    const invented = found.filter((content) => !known.has(content));
    return [...lost.map((content) => `${content} is lost`), ...invented.map((content) => `${content} was invented`)];
  }
}

function sameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((each) => other.has(each));
}
