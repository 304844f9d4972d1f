import { nameOf } from '../world/ledger.ts';
import type { World } from '../world/world.ts';

/** Nothing that nobody gave up is gone: neither a content nor a directory with a name of its own. */
export function lost(world: World): readonly string[] {
  const tree = [...world.place(0).person.tree()];
  const here = new Set(tree.filter(([, { kind }]) => kind === 'file').map(([, { bytes }]) => nameOf(bytes)));
  const directories = tree
    .filter(([, { kind }]) => kind === 'directory')
    .map(([path]) => path.slice(path.lastIndexOf('/') + 1));
  return [
    ...[...world.ledger.owed()].flatMap(([name, where]) =>
      here.has(name) ? [] : [`"${name}", written at ${where}, is lost`],
    ),
    ...[...world.ledger.directories].flatMap(([name, where]) =>
      directories.some((each) => each.startsWith(name)) ? [] : [`directory ${name}, made at ${where}, is lost`],
    ),
  ];
}

/** Nothing that somebody wrote who may only read stands on anybody else's disk. */
export function leaked(world: World): readonly string[] {
  return world.places
    .filter(({ reader }) => !reader)
    .flatMap(({ device, person }) =>
      [...person.tree()].flatMap(([path, { kind, bytes }]) =>
        kind === 'file' && world.ledger.isOnlookers(nameOf(bytes))
          ? [`${device.name} shows at ${path} what somebody wrote who may only read`]
          : [],
      ),
    );
}

/** No file holds bytes that nobody put there: no torn, mixed or made-up contents at any user's path. */
export function torn(world: World): readonly string[] {
  return world.places.flatMap(({ device, person }) =>
    [...person.tree()].flatMap(([path, { kind, bytes }]) =>
      kind !== 'file' || world.ledger.isKnown(bytes)
        ? []
        : [`${device.name} shows "${nameOf(bytes)}" at ${path}, which nobody wrote`],
    ),
  );
}
