import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Node, parseSync } from 'oxc-parser';
import { type FunctionShape, functionsOf, globalsOf, isBarrel } from './syntax.ts';

export const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The folders that hold source. */
export const rooms = ['protocol', 'daemon', 'cli', 'test'] as const;

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path of the module it names when it is one of ours, else undefined. */
  readonly target: string | undefined;
  readonly typeOnly: boolean;
}

export interface SourceModule {
  /** From the project's root, '/' between names. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionShape[];
  readonly classes: readonly string[];
  /** `object.property` for every property read off a name that the module does not declare, as `Math.random`. */
  readonly globals: readonly string[];
  /** Nothing but exports of what other modules export. */
  readonly barrel: boolean;
}

/** Reads one module. `path` decides what its relative imports mean. Throws when the text does not parse. */
export function readModule(path: string, text: string): SourceModule {
  const parsed = parseSync(path, text);
  const error = parsed.errors[0];
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const program: Node = parsed.program;
  const { functions, classes } = functionsOf(program, text);
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: importsOf(path, text, parsed.module),
    functions,
    classes,
    globals: globalsOf(program),
    barrel: isBarrel(program),
  };
}

function importsOf(path: string, text: string, module: ReturnType<typeof parseSync>['module']): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean): void => {
    const ours = specifier.startsWith('.');
    const target = ours ? posix.normalize(posix.join(posix.dirname(path), specifier)) : undefined;
    found.push({ specifier, target, typeOnly });
  };
  for (const statement of module.staticImports) {
    const entries = statement.entries;
    add(statement.moduleRequest.value, entries.length > 0 && entries.every((entry) => entry.isType));
  }
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) if (entry.moduleRequest) add(entry.moduleRequest.value, entry.isType);
  }
  for (const expression of module.dynamicImports) {
    const written = text.slice(expression.moduleRequest.start, expression.moduleRequest.end);
    const literal = /^(['"`])([^'"`$]*)\1$/.exec(written)?.[2];
    if (literal !== undefined) add(literal, false);
  }
  return found;
}

/** Paths of all files below the given folders of the project, sorted; dependencies and build results left out. */
export function filesBelow(folders: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const folder of folders) {
    for (const entry of readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = relative(projectRoot, join(entry.parentPath, entry.name)).split(sep).join('/');
      if (!/(^|\/)(node_modules|dist|coverage)\//.test(path)) found.push(path);
    }
  }
  return found.sort();
}

export function readProject(): readonly SourceModule[] {
  return filesBelow(rooms)
    .filter((path) => /\.(ts|js)$/.test(path) && !path.endsWith('.d.ts'))
    .map((path) => readModule(path, readFileSync(join(projectRoot, path), 'utf8')));
}
