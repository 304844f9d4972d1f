import fc from 'fast-check';
import type { Change, Standing } from '../../daemon/core/plan/step.ts';
import { type Digest, type EntryId, NO_DIGEST, ROOT_ENTRY } from '../../protocol/ids.ts';
import type { Content } from '../../protocol/registers.ts';
import type { Tree } from './plan-disk.ts';

export function entryId(number: number): EntryId {
  return number.toString(16).padStart(32, '0') as EntryId;
}

export function content(kind: Content['kind'], version = 0, mtimeNs = 0n): Content {
  const common = { base: '0'.repeat(16), author: '0'.repeat(16), time: 0 };
  if (kind === 'directory') return { kind, ...common, digest: NO_DIGEST, mtimeNs: 0n };
  const digest = `${kind === 'file' ? 'f' : 'e'}${version}`.padEnd(64, '0') as Digest;
  if (kind === 'symlink') return { kind, ...common, digest, mtimeNs, target: `to-${version}` };
  return { kind, ...common, digest, mtimeNs, executable: false, size: version, epoch: 0, manifest: false };
}

export function at(parent: EntryId, name: string, what: Content = content('file')): Standing {
  return { placement: { parent, name }, content: what };
}

/** What a batch must hold to get from one tree to the other, by entry id. */
export function difference(before: Tree, after: Tree): readonly Change[] {
  const entries = [...new Set([...before.keys(), ...after.keys()])].sort();
  return entries
    .map((entry) => ({ entry, before: before.get(entry), after: after.get(entry) }))
    .filter((change) => !sameStanding(change.before, change.after));
}

export function sameStanding(a: Standing | undefined, b: Standing | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.placement.parent === b.placement.parent &&
    a.placement.name === b.placement.name &&
    a.content.kind === b.content.kind &&
    a.content.digest === b.content.digest &&
    a.content.mtimeNs === b.content.mtimeNs
  );
}

/** The choices that make one entry of a tree; numbers pick from what is possible at that point. */
interface Choice {
  readonly present: boolean;
  readonly keepsPlace: boolean;
  readonly keepsKind: boolean;
  readonly kind: number;
  readonly parent: number;
  readonly name: number;
  readonly version: number;
  readonly order: number;
}

function choiceOf(keep: number): fc.Arbitrary<Choice> {
  const mostly = fc.nat({ max: 9 }).map((roll) => roll < keep);
  return fc.record({
    present: fc.nat({ max: 9 }).map((roll) => roll < 8),
    keepsPlace: mostly,
    keepsKind: fc.nat({ max: 9 }).map((roll) => roll < 8),
    kind: fc.nat({ max: 4 }),
    parent: fc.nat({ max: 99 }),
    name: fc.nat({ max: 99 }),
    version: fc.nat({ max: 2 }),
    order: fc.oneof(fc.constant(0), fc.nat({ max: 99 })),
  });
}

const KINDS: readonly Content['kind'][] = ['directory', 'directory', 'directory', 'file', 'symlink'];

/** Builds a tree entry by entry: each goes below a directory that is there already, so that the result is a tree. */
function grow(choices: readonly Choice[], names: readonly string[], ignoresCase: boolean, earlier: Tree): Tree {
  const tree = new Map<EntryId, Standing>();
  const directories = [ROOT_ENTRY];
  const taken = new Set<string>();
  const key = (parent: EntryId, name: string): string => parent + (ignoresCase ? name.toLowerCase() : name);
  const order = [...choices.entries()].sort(([, a], [, b]) => a.order - b.order);
  for (const [index, choice] of order) {
    if (!choice.present) continue;
    const entry = entryId(index + 1);
    const was = earlier.get(entry);
    const kind = (choice.keepsKind ? was?.content.kind : undefined) ?? KINDS[choice.kind] ?? 'file';
    const oldParent = was?.placement.parent;
    const keepsParent = choice.keepsPlace && oldParent !== undefined && directories.includes(oldParent);
    const parent = (keepsParent ? oldParent : directories[choice.parent % directories.length]) ?? ROOT_ENTRY;
    const wished = (choice.keepsPlace ? was?.placement.name : undefined) ?? names[choice.name % names.length] ?? 'x';
    const name = [wished, ...names, `own-${index}`].find((candidate) => !taken.has(key(parent, candidate))) ?? 'x';
    taken.add(key(parent, name));
    if (kind === 'directory') directories.push(entry);
    tree.set(entry, at(parent, name, content(kind, choice.version % 2, BigInt(choice.version))));
  }
  return tree;
}

export interface TreePair {
  readonly before: Tree;
  readonly after: Tree;
  readonly ignoresCase: boolean;
}

/**
 * Two trees over the same ids. Few names, so that they meet. `likeness` 0 … 10 says how many entries of the second
 * keep their place where they can.
 */
export function treePairs(size: number, names: readonly string[], ignoresCase: boolean): fc.Arbitrary<TreePair> {
  return fc.constantFrom(0, 5, 9).chain((likeness) =>
    fc
      .record({
        first: fc.array(choiceOf(0), { minLength: size, maxLength: size }),
        second: fc.array(choiceOf(likeness), { minLength: size, maxLength: size }),
      })
      .map(({ first, second }) => {
        const before = grow(first, names, ignoresCase, new Map());
        return { before, after: grow(second, names, ignoresCase, before), ignoresCase };
      }),
  );
}
