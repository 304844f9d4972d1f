import type { Node } from 'oxc-parser';

export interface FunctionShape {
  readonly name: string;
  readonly line: number;
  /** Its lines without those of the functions inside it. */
  readonly ownLines: number;
}

type Visit = (node: Node, parent: Node | undefined) => void;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function childrenOf(node: Node): readonly Node[] {
  return Object.values(node)
    .flat()
    .filter((value) => isNode(value));
}

/** Calls for every node, parents first. */
function walk(node: Node, visit: Visit, parent?: Node): void {
  visit(node, parent);
  for (const child of childrenOf(node)) walk(child, visit, node);
}

function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

function nameOf(node: Node, parent: Node | undefined): string {
  if ('id' in node && isNode(node.id) && node.id.type === 'Identifier') return node.id.name;
  for (const key of ['id', 'key'] as const) {
    if (parent === undefined || !(key in parent)) continue;
    const value: unknown = Reflect.get(parent, key);
    if (isNode(value) && value.type === 'Identifier') return value.name;
  }
  return 'a function';
}

/** Every function with its length, and the names of all classes. */
export function functionsOf(
  program: Node,
  text: string,
): { readonly functions: readonly FunctionShape[]; readonly classes: readonly string[] } {
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const lineAt = (offset: number): number => {
    let low = 0;
    let high = lineStarts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
  const linesOf = (node: Node): number => lineAt(node.end) - lineAt(node.start) + 1;
  /** Lines of the outermost functions below a node; one on a single line saves nothing. */
  const nestedLines = (node: Node): number =>
    childrenOf(node).reduce((sum, child) => sum + (isFunction(child) ? linesOf(child) - 1 : nestedLines(child)), 0);

  const functions: FunctionShape[] = [];
  const classes: string[] = [];
  walk(program, (node, parent) => {
    if (node.type === 'ClassDeclaration' && node.id) classes.push(node.id.name);
    if (!isFunction(node)) return;
    functions.push({
      name: nameOf(node, parent),
      line: lineAt(node.start),
      ownLines: linesOf(node) - nestedLines(node),
    });
  });
  return { functions, classes };
}

/** See `SourceModule.globals`; members are enough to tell `Math.random` from a local of that name. */
export function globalsOf(program: Node): readonly string[] {
  const found = new Set<string>();
  walk(program, (node) => {
    if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return;
    if (node.property.type === 'Identifier' && !node.computed) found.add(`${node.object.name}.${node.property.name}`);
  });
  return [...found].sort();
}

export function isBarrel(program: Node): boolean {
  if (program.type !== 'Program' || program.body.length === 0) return false;
  return program.body.every(
    (statement) =>
      statement.type === 'ExportAllDeclaration' ||
      (statement.type === 'ExportNamedDeclaration' && statement.source !== null),
  );
}
