import type { SourceModule } from './source.ts';

/** One row of the table in docs/architecture.md. */
interface Room {
  readonly prefix: string;
  /** Rooms it may import besides itself. */
  readonly rooms: readonly string[];
  /** Packages and `node:` modules it may import; 'any' for no limit. */
  readonly packages: readonly string[] | 'any';
  /** True when it may import types only. */
  readonly typesOnly?: boolean;
}

/** Longest prefix first, so that the first match is the room. */
const table: readonly Room[] = [
  { prefix: 'daemon/effects/', rooms: ['protocol/'], packages: [], typesOnly: true },
  { prefix: 'daemon/control/', rooms: ['daemon/engine/', 'daemon/effects/', 'protocol/'], packages: 'any' },
  {
    prefix: 'daemon/engine/',
    rooms: ['daemon/core/', 'daemon/effects/', 'daemon/store/', 'protocol/'],
    packages: [],
  },
  { prefix: 'daemon/store/', rooms: ['daemon/effects/', 'daemon/core/', 'protocol/'], packages: [] },
  { prefix: 'daemon/core/', rooms: ['protocol/'], packages: ['@automerge/automerge'] },
  { prefix: 'daemon/node/', rooms: ['daemon/effects/', 'protocol/'], packages: 'any' },
  { prefix: 'protocol/', rooms: [], packages: ['cborg', 'multiformats', 'tweetnacl', 'node:crypto', 'node:zlib'] },
  { prefix: 'cli/', rooms: ['protocol/'], packages: 'any' },
  { prefix: 'daemon/', rooms: ['daemon/', 'protocol/'], packages: 'any' },
  { prefix: 'test/', rooms: ['protocol/', 'daemon/', 'cli/', 'vitest.config.ts'], packages: 'any' },
];

/** Packages that one single file of a room stands in front of. */
const singleDoors: readonly { readonly prefix: string; readonly packages: string }[] = [
  { prefix: 'daemon/core/', packages: '@automerge/automerge' },
  { prefix: 'protocol/', packages: 'node:crypto' },
  { prefix: 'protocol/', packages: 'node:zlib' },
  { prefix: 'protocol/', packages: 'cborg' },
  { prefix: 'protocol/', packages: 'tweetnacl' },
];

function roomOf(path: string): Room | undefined {
  return table.find((room) => path.startsWith(room.prefix));
}

/** 'cborg/length' → 'cborg', '@scope/name/part' → '@scope/name', 'node:fs/promises' → 'node:fs'. */
function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return (specifier.startsWith('@') ? parts.slice(0, 2) : parts.slice(0, 1)).join('/');
}

/** One line for every import that the table does not allow. */
export function importViolations(modules: readonly SourceModule[]): readonly string[] {
  const known = new Set(modules.map((module) => module.path));
  return modules.flatMap((module) => moduleViolations(module, known));
}

function moduleViolations(module: SourceModule, known: ReadonlySet<string>): readonly string[] {
  const room = roomOf(module.path);
  if (room === undefined) return [`${module.path}: in no room of the table`];
  const found: string[] = [];
  for (const { specifier, target, typeOnly } of module.imports) {
    const says = (why: string): void => void found.push(`${module.path}: ${specifier}: ${why}`);
    if (target === undefined) {
      const name = packageOf(specifier);
      if (room.packages !== 'any' && !room.packages.includes(name)) says('package not allowed here');
      continue;
    }
    if (!known.has(target) && !target.endsWith('.json') && target !== 'vitest.config.ts') says('no such module');
    const inside = roomOf(target) === room;
    if (!inside && !room.rooms.some((prefix) => target.startsWith(prefix))) says('room not allowed here');
    if (!inside && room.typesOnly === true && !typeOnly) says('only types may be imported here');
    if (target.startsWith('test/') && !module.path.startsWith('test/')) says('nothing imports test');
  }
  return found;
}

/** One line for every package with a single door that more than one file of the room opens. */
export function doorViolations(modules: readonly SourceModule[]): readonly string[] {
  return singleDoors.flatMap(({ prefix, packages }) => {
    const files = modules
      .filter((module) => module.path.startsWith(prefix))
      .filter((module) => module.imports.some((one) => packageOf(one.specifier) === packages && !one.typeOnly))
      .map((module) => module.path);
    return files.length > 1 ? [`${packages} is imported by ${files.join(', ')}; one file may`] : [];
  });
}
