import fc from 'fast-check';
import type { ModelWorld } from './model-world.ts';

const NAMES = ['a', 'b', 'c.txt', 'd'];

/** Numbers pick from what there is when their turn comes. */
const pick = fc.nat(1000);

export type Action =
  | { readonly kind: 'create' | 'directory'; readonly parent: number; readonly name: number }
  | {
      readonly kind: 'edit' | 'replace' | 'mode' | 'link' | 'remove' | 'revert';
      readonly target: number;
      readonly old: number;
    }
  | { readonly kind: 'move'; readonly target: number; readonly parent: number; readonly name: number }
  | { readonly kind: 'swap'; readonly target: number; readonly other: number };

export type Step =
  | { readonly kind: 'user'; readonly device: number; readonly action: Action }
  | { readonly kind: 'scan'; readonly device: number }
  | { readonly kind: 'deliver'; readonly device: number; readonly from: number; readonly count: number }
  | { readonly kind: 'apply'; readonly device: number; readonly missing: number };

const name = fc.nat(NAMES.length - 1);

export const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('create' as const, 'directory' as const), parent: pick, name }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constantFrom(...(['edit', 'replace', 'mode', 'link', 'remove', 'revert'] as const)),
      target: pick,
      old: pick,
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('move' as const), target: pick, parent: pick, name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap' as const), target: pick, other: pick }) },
);

/** Steps of a world with so many devices. */
export function stepOf(devices: number): fc.Arbitrary<Step> {
  const device = fc.nat(devices - 1);
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('user' as const), device, action }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('scan' as const), device }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('deliver' as const),
        device,
        from: device,
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('apply' as const), device, missing: fc.nat(3) }) },
  );
}

/** Does what a user would, if there is anything to do it to. */
export function act(world: ModelWorld, number: number, action: Action, version: string): void {
  const { disk } = world.device(number);
  const paths = disk.paths();
  const directories = ['', ...paths.filter((path) => disk.node(path)?.children !== undefined)];
  const files = paths.filter((path) => disk.node(path)?.children === undefined);
  const of = (list: readonly string[], index: number): string | undefined => list[index % Math.max(1, list.length)];
  const inside = (parent: number, name: number): string => {
    const directory = of(directories, parent) ?? '';
    return directory === '' ? `${NAMES[name]}` : `${directory}/${NAMES[name]}`;
  };
  switch (action.kind) {
    case 'create':
    case 'directory': {
      const path = inside(action.parent, action.name);
      if (disk.node(path) !== undefined) return;
      if (action.kind === 'create') world.write(number, path, version);
      else world.makeDirectory(number, path);
      return;
    }
    case 'remove': {
      const path = of(paths, action.target);
      if (path !== undefined) world.remove(number, path);
      return;
    }
    case 'move': {
      const from = of(paths, action.target);
      const to = inside(action.parent, action.name);
      if (from === undefined || to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
      // A file may replace a file; rename(2) refuses most other pairs.
      const target = disk.node(to);
      if (target !== undefined && (target.children !== undefined || disk.node(from)?.children !== undefined)) return;
      world.move(number, from, to);
      return;
    }
    case 'swap': {
      const [a, b] = [of(paths, action.target), of(paths, action.other)];
      if (a === undefined || b === undefined || a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`)) return;
      world.swap(number, a, b);
      return;
    }
    default: {
      const path = of(files, action.target);
      const node = path === undefined ? undefined : disk.node(path);
      if (path === undefined || node === undefined) return;
      if (action.kind === 'edit') world.edit(number, path, version);
      else if (action.kind === 'replace') world.write(number, path, version);
      else if (action.kind === 'link') disk.touch(node);
      else if (action.kind === 'mode') world.edit(number, path, node.bytes, !node.executable);
      else world.edit(number, path, of(world.written, action.old) ?? version);
    }
  }
}

export async function follow(world: ModelWorld, steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'user') act(world, step.device, step.action, `version ${index}`);
    else if (step.kind === 'scan') await world.device(step.device).scan();
    else if (step.kind === 'deliver') await world.deliver(step.device, [step.from], step.count);
    else
      await world.apply(
        step.device,
        (digest) => step.missing === 0 || Number.parseInt(digest.slice(0, 2), 16) % 4 !== step.missing,
      );
  }
}
