import { CodedError } from '../../../protocol/errors.ts';
import type { Digest, EntryId } from '../../../protocol/ids.ts';
import { ROOT_ENTRY } from '../../../protocol/ids.ts';
import { conflictName } from '../../../protocol/names.ts';
import type { Content } from '../../../protocol/registers.ts';
import {
  agreedPlace,
  type Placement,
  type Stamp,
  sameButForName,
  standingPlace,
  wantedStandingPlace,
} from '../../core/entry.ts';
import { trashPart } from '../../core/names/assign.ts';
import type { Plan, Step } from '../../core/plan/step.ts';
import { IndexDraft } from '../../store/index-draft.ts';
import { type FolderContext, onDisk } from '../context.ts';
import type { DiskStep, Expected, StepOutcome } from '../disk/apply-job.ts';
import { joinPath, PARK } from '../disk/places.ts';
import type { Publisher } from '../logs/publish.ts';
import { stageName } from '../transfer/wants.ts';

/** What became of the steps of a plan. */
export interface Applied {
  /** Entries that are now as wanted, as far as the plan went. */
  readonly done: readonly { readonly entry: EntryId; readonly path: string }[];
  /** Directories that are not as the index says. */
  readonly changed: readonly { readonly entry: EntryId; readonly path: string }[];
  readonly problems: readonly {
    readonly entry: EntryId;
    readonly path: string;
    readonly code: string;
    readonly message: string;
  }[];
}

/** Where things are while a plan is being followed: the index, and on top what the steps so far moved. */
class Whereabouts {
  readonly #context: FolderContext;
  readonly #moved = new Map<EntryId, Placement | 'parked' | 'nowhere'>();
  #paths = new Map<EntryId, string>();

  constructor(context: FolderContext) {
    this.#context = context;
  }

  set(entry: EntryId, at: Placement | 'parked' | 'nowhere'): void {
    this.#moved.set(entry, at);
    // Only a directory that was somewhere before has other paths behind it.
    if (this.#context.index.entry(entry)?.synced?.content.kind === 'directory') this.#paths = new Map();
  }

  path(placement: Placement): string {
    return joinPath(this.directory(placement.parent), placement.name);
  }

  directory(id: EntryId): string {
    if (id === ROOT_ENTRY) return '';
    const known = this.#paths.get(id);
    if (known !== undefined) return known;
    const at = this.#moved.get(id) ?? this.#standing(id);
    if (at === 'nowhere') throw new Error(`a step needs a directory that is not on disk: ${id}`);
    const path = at === 'parked' ? joinPath(PARK, id) : this.path(at);
    this.#paths.set(id, path);
    return path;
  }

  #standing(id: EntryId): Placement | 'nowhere' {
    const synced = this.#context.index.entry(id)?.synced;
    return synced === undefined ? 'nowhere' : standingPlace(synced);
  }
}

interface Planned {
  readonly step: Step;
  readonly disk: DiskStep;
  readonly path: string;
}

/**
 * Follows a plan on disk, then commits what was done. Runs inside a turn of the folder.
 * @param needs for each step, earlier ones without which its path would lead elsewhere (`prerequisitesOf`)
 */
export async function applyPlan(
  context: FolderContext,
  publisher: Publisher,
  plan: Plan,
  needs: readonly (readonly number[])[],
): Promise<Applied> {
  const planned = toDiskSteps(context, plan);
  const { steps } = await onDisk(
    context.disk,
    { kind: 'apply', root: context.root, steps: planned.map(({ disk }) => disk), needs },
    'urgent',
  );
  const draft = new IndexDraft(context.index);
  const result = { done: [], changed: [], problems: [] } as {
    done: { entry: EntryId; path: string }[];
    changed: { entry: EntryId; path: string }[];
    problems: { entry: EntryId; path: string; code: string; message: string }[];
  };
  const parked = new Set<EntryId>();
  for (const [index, item] of planned.entries()) {
    const outcome = steps[index];
    if (outcome === undefined) throw new Error('a disk job left a step unanswered');
    const { entry } = item.step;
    // Also one that failed may have got as far as the parking directory.
    if (item.step.kind === 'park') parked.add(entry);
    if (outcome.kind === 'done') {
      record(draft, item.step, outcome);
      if (item.step.kind !== 'park') parked.delete(entry);
      if (item.step.kind !== 'park') result.done.push({ entry, path: item.path });
    } else if (outcome.kind === 'changed') result.changed.push({ entry, path: item.path });
    else result.problems.push({ entry, path: item.path, ...outcome.problem });
  }
  await publisher.commit(draft, []);
  if (parked.size > 0) await unpark(context, publisher, [...parked]);
  return result;
}

/**
 * Before the first scan. What a run that was killed did last may not be durable: once a scan has taken it into the index,
 * its absence after a power cut would pass for somebody's deed.
 * @param parked what an interrupted plan left in the parking directory
 */
export async function recover(context: FolderContext, publisher: Publisher, parked: readonly EntryId[]): Promise<void> {
  await onDisk(context.disk, { kind: 'sync', root: context.root, directories: 'all' });
  if (parked.length > 0) await context.turn.take(() => unpark(context, publisher, parked));
}

/**
 * Brings entries out of the parking directory, where a plan that could not be finished or a crash left them: to where
 * they are wanted if that is free, else to where they were, else beside that: from there the next plan goes on. What somebody put in place of one in the moment in which it
 * was parked goes back to where it was first; a scan tells what it is. Throws 'parked' when one has to stay: a scan would
 * take it for deleted.
 */
async function unpark(context: FolderContext, publisher: Publisher, entries: readonly EntryId[]): Promise<void> {
  const { index } = context;
  const parked = await listParked(context);
  for (const id of entries) {
    const entry = index.entry(id);
    const synced = entry?.synced;
    const stamp = parked?.get(id);
    if (entry === undefined || synced === undefined || stamp === undefined) continue;
    const known = stampOf(context, id);
    const isIt = known !== undefined && sameButForName(stamp, known);
    const wanted = wantedStandingPlace(entry);
    const stood = standingPlace(synced);
    const places = [...(wanted === undefined ? [] : [wanted]), stood];
    for (const place of [...(isIt ? places : places.toReversed()), sparePlace(context, id, stood, synced.content)]) {
      const now = await unparkTo(context, id, stamp, place);
      if (now === undefined) continue;
      const draft = new IndexDraft(index);
      if (isIt) draft.setSynced(id, { ...agreedPlace(entry, place), content: synced.content, stamp: now });
      await publisher.commit(draft, []);
      break;
    }
  }
  const left = await listParked(context);
  const stuck = entries.find((id) => left?.has(id) ?? true);
  if (stuck === undefined) return;
  const path = index.pathOf(stuck)?.join('/') ?? stuck;
  const message = `${path} could not be put back from ${joinPath(PARK, stuck)}: if something else is in its place, move that away`;
  throw new CodedError('parked', message);
}

/** Where nothing stands but what was put there by this: both other places were taken in the moment it was parked. */
function sparePlace({ device }: FolderContext, id: EntryId, { parent, name }: Placement, content: Content): Placement {
  const digest = content.kind === 'directory' ? (id.padEnd(64, '0') as Digest) : content.digest;
  return { parent, name: conflictName(name, device.name, digest) };
}

/** What stands in the parking directory, by name; undefined when that can not be read. */
async function listParked({ disk, root }: FolderContext): Promise<ReadonlyMap<string, Stamp> | undefined> {
  const { directories } = await onDisk(disk, { kind: 'list', root, directories: [PARK] }, 'urgent');
  const [listed] = directories;
  if (listed?.kind !== 'listed') return undefined;
  return new Map(listed.children.map(({ name, stamp }) => [name, stamp]));
}

/** The stamp of the entry when it is there now. */
async function unparkTo(
  { index, disk, root }: FolderContext,
  id: EntryId,
  stamp: Stamp,
  place: Placement,
): Promise<Stamp | undefined> {
  const parent = index.pathOf(place.parent);
  if (parent === undefined) return undefined;
  const to = joinPath(parent.join('/'), place.name);
  const step: DiskStep = { kind: 'move', from: joinPath(PARK, id), to, expected: { kind: 'stamp', stamp } };
  const { steps } = await onDisk(disk, { kind: 'apply', root, steps: [step], needs: [[]] }, 'urgent');
  return steps[0]?.kind === 'done' ? steps[0].stamp : undefined;
}

function record(draft: IndexDraft, step: Step, outcome: Extract<StepOutcome, { kind: 'done' }>): void {
  const { entry } = step;
  const now = draft.entry(entry);
  const put = (at: Placement, content: Content | undefined, stamp: Stamp | undefined): void => {
    // Gone again between the step and the look at it: the next scan tells.
    if (now === undefined || content === undefined || stamp === undefined) return;
    draft.setSynced(entry, { ...agreedPlace(now, at), content, stamp });
  };
  switch (step.kind) {
    case 'make-directory':
      return put(step.at, now?.remote?.content, outcome.stamp);
    case 'create':
    case 'replace':
    case 'set-metadata':
      return put(step.at, step.content, outcome.stamp);
    case 'move':
      return put(step.to, now?.synced?.content, outcome.stamp);
    case 'trash':
    case 'remove-directory':
      return draft.setSynced(entry, undefined);
    case 'park':
      return;
  }
}

function toDiskSteps(context: FolderContext, plan: Plan): readonly Planned[] {
  const where = new Whereabouts(context);
  const trashed = { count: 0 };
  return plan.steps.map((step) => toDiskStep(context, where, trashed, step));
}

function toDiskStep(context: FolderContext, where: Whereabouts, trashed: { count: number }, step: Step): Planned {
  const { entry } = step;
  const expected = (): Expected => {
    const stamp = stampOf(context, entry);
    return stamp === undefined ? { kind: 'free' } : { kind: 'stamp', stamp };
  };
  const keep = (name: string): string =>
    `${context.clock.now()}-${(trashed.count++).toString(36)}-${entry.slice(0, 8)}-${trashPart(name)}`;
  switch (step.kind) {
    case 'make-directory': {
      const path = where.path(step.at);
      where.set(entry, step.at);
      return { step, path, disk: { kind: 'make-directory', path } };
    }
    case 'remove-directory': {
      const path = where.path(step.from);
      where.set(entry, 'nowhere');
      return { step, path, disk: { kind: 'remove-directory', path } };
    }
    case 'park': {
      const from = where.path(step.from);
      where.set(entry, 'parked');
      return { step, path: from, disk: { kind: 'move', from, to: joinPath(PARK, entry), expected: expected() } };
    }
    case 'move': {
      const from = step.from === 'parked' ? joinPath(PARK, entry) : where.path(step.from);
      const to = where.path(step.to);
      const disk: DiskStep = { kind: 'move', from, to, expected: expected() };
      where.set(entry, step.to);
      return { step, path: to, disk };
    }
    case 'set-metadata': {
      const path = where.path(step.at);
      const executable = step.content.kind === 'file' ? step.content.executable : undefined;
      return {
        step,
        path,
        disk: { kind: 'set-metadata', path, executable, mtimeNs: step.content.mtimeNs, expected: expected() },
      };
    }
    case 'trash': {
      const path = where.path(step.from);
      where.set(entry, 'nowhere');
      return { step, path, disk: { kind: 'trash', path, expected: expected(), keep: keep(step.from.name) } };
    }
    case 'create':
    case 'replace': {
      const path = where.path(step.at);
      const wanted: Expected = step.kind === 'create' ? { kind: 'free' } : expected();
      const common = { path, expected: wanted, keep: keep(step.at.name) };
      where.set(entry, step.at);
      if (step.content.kind === 'symlink') {
        const { target, mtimeNs } = step.content;
        return { step, path, disk: { kind: 'symlink', ...common, stage: entry, target, mtimeNs } };
      }
      return { step, path, disk: { kind: 'put', ...common, stage: stageName(entry, step.content) } };
    }
  }
}

function stampOf(context: FolderContext, entry: EntryId): Stamp | undefined {
  const synced = context.index.entry(entry)?.synced;
  if (synced === undefined) return undefined;
  const { parent, name } = standingPlace(synced);
  return context.index.child(parent, name)?.stamp;
}
