// In a checkout, Node removes the types of every TypeScript file at every start, which needs a 35 ms start of its
// compiler. A command must not take so long, so what it produced is kept beside the checkout's packages. A published
// package has JavaScript and never comes here.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From now on imports of `packageRoot`'s own `.ts` files are answered from the cache where it is up to date. */
export function useStrippedSources(packageRoot) {
  const directory = join(packageRoot, 'node_modules', '.cache', 'sheaf-sources');
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
      const path = fileURLToPath(url);
      const kept = join(directory, `${encodeURIComponent(relative(packageRoot, path))}.js`);
      return { format: 'module', source: readKept(path, kept) ?? stripAndKeep(path, kept), shortCircuit: true };
    },
  });
}

/** At the end, so that every line keeps its number. */
function markOf(path) {
  const { mtimeMs, size } = statSync(path);
  return `\n//${process.version} ${mtimeMs} ${size}`;
}

function readKept(path, kept) {
  try {
    const source = readFileSync(kept, 'utf8');
    return source.endsWith(markOf(path)) ? source : undefined;
  } catch {
    return undefined;
  }
}

function stripAndKeep(path, kept) {
  const mark = markOf(path);
  const source = strip(readFileSync(path, 'utf8')) + mark;
  const aside = `${kept}.${process.pid}`;
  try {
    mkdirSync(join(kept, '..'), { recursive: true });
    writeFileSync(aside, source);
    renameSync(aside, kept);
  } catch {
    // A checkout that can't be written to works all the same.
  }
  return source;
}

/** The function is marked experimental in Node 22 and says so on stderr, where users expect our words only. */
function strip(source) {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
