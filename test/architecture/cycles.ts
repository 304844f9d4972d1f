import type { SourceModule } from './source.ts';

/** The import cycles, each as 'a → b → a'; type imports count, since they tie modules together all the same. */
export function cycles(modules: readonly SourceModule[]): readonly string[] {
  const targets = new Map(
    modules.map((module) => [
      module.path,
      [...new Set(module.imports.flatMap(({ target }) => (target === undefined ? [] : [target])))].sort(),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];

  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };

  for (const path of [...targets.keys()].sort()) visit(path);
  return found;
}
