import { CodedError } from '../../../protocol/errors.ts';
import type { Problem } from '../../../protocol/local-api.ts';
import type { ResolvedConflict, ResolveRequest } from '../../../protocol/local-api-decisions.ts';
import { chooseVersion, type Kept } from '../../core/conflict-choice.ts';
import { isDirty } from '../../core/entry.ts';
import { type FolderContext, onDisk } from '../context.ts';
import { authorOf } from '../device.ts';
import type { DiskStep, Expected } from '../disk/apply-job.ts';
import { joinPath, splitPath } from '../disk/places.ts';
import { type ConflictPair, conflictPairs, directoryPath, isFreeName, ownNames } from './conflicts.ts';

interface Resolution {
  readonly resolved: readonly ResolvedConflict[];
  readonly problems: readonly Problem[];
  /** Directories in which files were moved: a scan finds and publishes that. */
  readonly touched: ReadonlySet<string>;
}

/**
 * Does on this disk what a person could do by hand: the version that is not kept goes to the trash, and a copy that is
 * kept takes the path. Only on `dryRun` nothing is touched.
 */
export async function resolveConflicts(context: FolderContext, request: ResolveRequest): Promise<Resolution> {
  const { membership, device, config } = context;
  if (!membership.mayWrite(device.id)) {
    throw new CodedError(
      'not-allowed',
      `as a reader of ${config.name} this device can not resolve conflicts for others`,
    );
  }
  const resolved: ResolvedConflict[] = [];
  const problems: Problem[] = [];
  const touched = new Set<string>();
  for (const pair of await conflictPairs(context, request.pattern)) {
    const kept = chooseVersion(request.keep, pair.standing?.content, pair.copied.content, authorOf(device.id));
    const problem = whyNot(context, pair, kept) ?? (request.dryRun ? undefined : await carryOut(context, pair, kept));
    if (problem !== undefined) {
      problems.push({ path: pair.copyPath, ...problem });
      continue;
    }
    resolved.push({ folder: config.name, path: pair.path, copy: pair.copyPath, kept });
    if (!request.dryRun) touched.add(directoryPath(context, pair.copied.placement.parent));
  }
  return { resolved, problems, touched };
}

type Reason = Omit<Problem, 'path'>;

function whyNot({ index }: FolderContext, pair: ConflictPair, kept: Kept): Reason | undefined {
  const { copy, copied, standing } = pair;
  const dirty = [copy, standing?.id].some((id) => {
    const entry = id === undefined ? undefined : index.entry(id);
    return entry !== undefined && isDirty(entry);
  });
  if (dirty)
    return { code: 'not-in-sync', message: 'a newer version is on its way here: try again when it is in sync' };
  const directory = copied.content.kind === 'directory' || standing?.content.kind === 'directory';
  if (directory && standing !== undefined && kept !== 'both') {
    return {
      code: 'is-directory',
      message: 'a directory is not given up as a whole: move what you want, or keep both',
    };
  }
  return undefined;
}

const CHANGED: Reason = { code: 'changed', message: 'it changed on this disk a moment ago: try again' };

function carryOut(context: FolderContext, pair: ConflictPair, kept: Kept): Promise<Reason | undefined> {
  return context.turn.take(async () => {
    const { disk, root } = context;
    const steps = stepsFor(context, pair, kept);
    if (steps === undefined) return CHANGED;
    const needs = steps.map((_, index) => (index === 0 ? [] : [index - 1]));
    const { steps: outcomes } = await onDisk(disk, { kind: 'apply', root, steps, needs }, 'urgent');
    for (const outcome of outcomes) {
      if (outcome.kind === 'problem') return outcome.problem;
      if (outcome.kind === 'changed') return CHANGED;
    }
    return undefined;
  });
}

function stepsFor(context: FolderContext, pair: ConflictPair, kept: Kept): readonly DiskStep[] | undefined {
  const { index, clock } = context;
  const { copied, copyPath, path, name, standing } = pair;
  const { parent } = copied.placement;
  const stampAt = (at: string): Expected | undefined => {
    const stamp = index.child(parent, splitPath(at).name)?.stamp;
    return stamp === undefined ? undefined : { kind: 'stamp', stamp };
  };
  const ofCopy = stampAt(copyPath);
  const ofPath = stampAt(path);
  if (ofCopy === undefined) return undefined;
  const keep = `${clock.now()}-${pair.copy.slice(0, 8)}-resolved`;
  if (kept === 'path') return [{ kind: 'trash', path: copyPath, expected: ofCopy, keep }];
  if (kept === 'copy') {
    const move: DiskStep = { kind: 'move', from: copyPath, to: path, expected: ofCopy };
    if (standing === undefined) return [move];
    return ofPath === undefined ? undefined : [{ kind: 'trash', path, expected: ofPath, keep }, move];
  }
  for (const own of ownNames(name)) {
    if (!isFreeName(context, parent, own)) continue;
    return [{ kind: 'move', from: copyPath, to: joinPath(directoryPath(context, parent), own), expected: ofCopy }];
  }
  return undefined;
}
