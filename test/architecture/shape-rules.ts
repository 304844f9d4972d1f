import type { SourceModule } from './source.ts';

/** Longer files and functions hold two ideas; docs/architecture.md. */
const FILE_LINES_LIMIT = 300;
const FUNCTION_LINES_LIMIT = 70;

/** Rooms without clocks, dice, processes or a console. */
const pureRooms = ['protocol/', 'daemon/core/', 'daemon/effects/', 'daemon/store/', 'daemon/engine/'];
/** What the linter's list of restricted globals can't express. */
const impureMembers = ['Math.random', 'Atomics.wait'];

/** Names that say nothing about what is inside. */
const emptyNames = /^(utils?|helpers?|commons?|misc|shared|lib|stuff)$/;

export function sizeViolations(modules: readonly SourceModule[]): readonly string[] {
  return modules.flatMap((module) => [
    ...(module.lines > FILE_LINES_LIMIT ? [`${module.path}: ${module.lines} lines, limit ${FILE_LINES_LIMIT}`] : []),
    ...module.functions
      .filter(({ ownLines }) => ownLines > FUNCTION_LINES_LIMIT)
      .map(({ name, line, ownLines }) => `${module.path}:${line}: ${name} has ${ownLines} lines of its own`),
  ]);
}

export function nameViolations(modules: readonly SourceModule[]): readonly string[] {
  return modules.flatMap((module) => [
    ...module.path
      .split('/')
      .map((part) => part.replace(/\.(test\.)?(ts|js)$/, ''))
      .filter((part) => emptyNames.test(part))
      .map((part) => `${module.path}: '${part}' says nothing`),
    ...module.classes.filter((name) => /Manager$/.test(name)).map((name) => `${module.path}: class ${name}`),
    ...(module.barrel ? [`${module.path}: only re-exports`] : []),
  ]);
}

export function purityViolations(modules: readonly SourceModule[]): readonly string[] {
  return modules
    .filter((module) => pureRooms.some((prefix) => module.path.startsWith(prefix)))
    .flatMap((module) =>
      module.globals
        .filter((member) => impureMembers.includes(member))
        .map((member) => `${module.path}: ${member} in a pure room`),
    );
}
