import { HIDDEN } from '../../../daemon/engine/disk/places.ts';
import { isUnguarded } from '../disk/unguarded.ts';
import { ROOT } from './device.ts';
import type { Step } from './script.ts';
import type { Trigger, World } from './world.ts';

/** What a daemon does to names and attributes once it has looked at what stands there. */
const CHANGING = /^(make|remove|rename|exchange|link|setM)/;

/**
 * Somebody works at a file just as the daemon is about to change it, or has just done so: between its look at a path and
 * the change, or the change and its look at what came of it. Random moments hardly ever meet these.
 */
export function meddle(world: World, { device: number, deed, size, changes }: Extract<Step, { kind: 'meddle' }>): void {
  const { device, person, triggers } = world.place(number);
  let left = changes;
  /** Where in the folder the daemon looked last. */
  let path: string | undefined;
  const trigger: Trigger = (operation) => {
    const { room, call, subject } = operation;
    if (room !== 'disk') return undefined;
    const below = subject.startsWith(`${ROOT}/`) ? subject.slice(ROOT.length + 1) : undefined;
    const hidden = below === HIDDEN || below?.startsWith(`${HIDDEN}/`) === true;
    const atWork = CHANGING.test(call) || (call === 'stat' && hidden);
    if (below !== undefined && !hidden) path = below;
    if (!atWork || path === undefined) return undefined;
    left -= 1;
    if (left >= 0 || isUnguarded(operation)) return undefined;
    triggers.delete(trigger);
    const done = person.meddle(path, deed, size);
    if (done === undefined) return undefined;
    world.disturbances += 1;
    world.count('user meddles with what changes');
    world.schedule.note(`${device.name} USER ${done} before ${call}`);
    return undefined;
  };
  triggers.add(trigger);
}
