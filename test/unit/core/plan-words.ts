import type { Postponed, Standing, Step } from '../../../daemon/core/plan/step.ts';
import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Tree } from '../../property/plan-disk.ts';
import { at, content, entryId } from '../../property/plan-trees.ts';

const ids = new Map<string, EntryId>();

/** A readable name for an id, the same for the same name. */
export function id(name: string): EntryId {
  const known = ids.get(name) ?? entryId(ids.size + 1);
  ids.set(name, known);
  return known;
}

/** A tree from `label: path`, where a path ends in '/' for a directory and in '@' for a symlink. */
export function tree(paths: Readonly<Record<string, string>>): Tree {
  const directories = new Map([['', ROOT_ENTRY]]);
  for (const [label, path] of Object.entries(paths))
    if (path.endsWith('/')) directories.set(path.slice(0, -1), id(label));
  const standings = Object.entries(paths).map(([label, path]): [EntryId, Standing] => {
    const [, above = '', name = '', sign] = /^(?:(.*)\/)?([^/@]+)([/@]?)$/.exec(path) ?? [];
    const parent = directories.get(above);
    if (parent === undefined) throw new Error(`no directory ${above}`);
    const kinds = { '/': 'directory', '@': 'symlink' } as const;
    return [id(label), at(parent, name, content(kinds[sign as '/' | '@'] ?? 'file'))];
  });
  return new Map(standings);
}

export function label(entry: EntryId): string {
  return [...ids].find(([, value]) => value === entry)?.[0] ?? entry;
}

export function tell(step: Step): string {
  return `${step.kind} ${label(step.entry)}`;
}

export function tellPostponed(item: Postponed): string {
  return `${label(item.entry)}: ${item.reason} ${label(item.blocker)}`;
}
