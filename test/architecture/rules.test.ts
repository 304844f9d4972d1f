import { describe, expect, it } from 'vitest';
import { cycles } from './cycles.ts';
import { doorViolations, importViolations } from './import-rules.ts';
import { nameViolations, purityViolations, sizeViolations } from './shape-rules.ts';
import { readModule } from './source.ts';
import { commandsNamed, textViolations } from './text-rules.ts';

// Small houses with one fault each: a rule that finds nothing in them would find nothing in the real one either.
function house(files: Readonly<Record<string, string>>) {
  return Object.entries(files).map(([path, text]) => readModule(path, text));
}

describe('import rules', () => {
  it.each([
    ['core reaches effects', 'daemon/core/a.ts', "import { b } from '../effects/b.ts';", 'room not allowed'],
    ['core reaches effects for a type', 'daemon/core/a.ts', "import type { B } from '../effects/b.ts';", 'room not'],
    ['core re-exports effects', 'daemon/core/a.ts', "export { b } from '../effects/b.ts';", 'room not allowed'],
    ['core imports lazily', 'daemon/core/a.ts', "const b = await import('../effects/b.ts'); b;", 'room not allowed'],
    ['core reaches the platform', 'daemon/core/a.ts', "import { readFileSync } from 'node:fs';", 'package not'],
    ['engine reaches a package', 'daemon/engine/a.ts', "import 'libp2p';", 'package not allowed'],
    ['engine reaches the real world', 'daemon/engine/a.ts', "import '../node/b.ts';", 'room not allowed'],
    ['node reaches core', 'daemon/node/a.ts', "import '../core/b.ts';", 'room not allowed'],
    ['effects hold code', 'daemon/effects/a.ts', "import { b } from '../../protocol/b.ts';", 'only types'],
    ['protocol reaches the daemon', 'protocol/a.ts', "import '../daemon/core/b.ts';", 'room not allowed'],
    ['protocol reads files', 'protocol/a.ts', "import 'node:fs/promises';", 'package not allowed'],
    ['the command line reaches the daemon', 'cli/a.ts', "import '../daemon/engine/b.ts';", 'room not allowed'],
    ['the daemon imports a test', 'daemon/main.ts', "import '../test/b.ts';", 'nothing imports test'],
    ['a module that is not there', 'cli/a.ts', "import './gone.ts';", 'no such module'],
    ['a file in no room', 'scripts/a.ts', 'export const a = 1;', 'in no room'],
  ])('finds: %s', (_, path, text, message) => {
    const others = [
      'daemon/effects/b.ts',
      'daemon/core/b.ts',
      'daemon/node/b.ts',
      'daemon/engine/b.ts',
      'protocol/b.ts',
    ];
    const modules = house({ ...Object.fromEntries([...others, 'test/b.ts'].map((b) => [b, 'export const b = 1;'])) });
    expect(importViolations(modules)).toEqual([]);
    expect(importViolations([...modules, readModule(path, text)]).join('\n')).toContain(message);
  });

  it('allows what the table allows', () => {
    const modules = house({
      'protocol/ids.ts': 'export type Id = string; export const a = 1;',
      'daemon/effects/clock.ts': "import type { Id } from '../../protocol/ids.ts'; export type Clock = Id;",
      'daemon/core/tree.ts': "import { a } from '../../protocol/ids.ts'; export const b = a;",
      'daemon/node/clock.ts':
        "import 'node:fs'; import type { Clock } from '../effects/clock.ts'; export type C = Clock;",
      'daemon/main.ts': "import './node/clock.ts'; import './core/tree.ts';",
    });
    expect(importViolations(modules)).toEqual([]);
  });

  it('finds a second door to a hidden package', () => {
    const text = "import { next } from '@automerge/automerge'; next;";
    const modules = house({ 'daemon/core/a.ts': text, 'daemon/core/b.ts': text });
    expect(doorViolations(modules)).toHaveLength(1);
    expect(doorViolations(modules.slice(1))).toEqual([]);
  });

  it('finds a cycle, through type imports too', () => {
    const modules = house({
      'cli/a.ts': "import './b.ts';",
      'cli/b.ts': "import type { C } from './c.ts'; export type B = C;",
      'cli/c.ts': "export * from './a.ts';",
      'cli/d.ts': "import './a.ts';",
    });
    expect(cycles(modules)).toEqual(['cli/a.ts → cli/b.ts → cli/c.ts → cli/a.ts']);
  });
});

describe('shape rules', () => {
  const statements = (count: number) => 'a();\n'.repeat(count);

  it('finds a long file and a long function', () => {
    expect(sizeViolations(house({ 'cli/a.ts': statements(300) }))).toEqual([]);
    expect(sizeViolations(house({ 'cli/a.ts': statements(301) }))).toHaveLength(1);
    expect(sizeViolations(house({ 'cli/a.ts': `function f() {\n${statements(68)}}\n` }))).toEqual([]);
    expect(sizeViolations(house({ 'cli/a.ts': `x();\nfunction f() {\n${statements(69)}}\n` }))).toEqual([
      'cli/a.ts:2: f has 71 lines of its own',
    ]);
  });

  it('counts a function inside another for itself', () => {
    const inner = `const g = () => {\n${statements(60)}};\n`;
    expect(sizeViolations(house({ 'cli/a.ts': `function f() {\n${inner}${inner}}\n` }))).toEqual([]);
    const long = `const g = () => {\n${statements(70)}};\n`;
    expect(sizeViolations(house({ 'cli/a.ts': `function f() {\n${long}}\n` }))).toEqual([
      'cli/a.ts:2: g has 72 lines of its own',
    ]);
  });

  it('finds empty names, managers and barrels', () => {
    expect(nameViolations(house({ 'daemon/core/utils/a.ts': 'a();' }))).toHaveLength(1);
    expect(nameViolations(house({ 'cli/helpers.ts': 'a();' }))).toHaveLength(1);
    expect(nameViolations(house({ 'cli/a.ts': 'export class LinkManager {}' }))).toHaveLength(1);
    expect(nameViolations(house({ 'cli/a.ts': "export * from './b.ts';\nexport { c } from './c.ts';" }))).toHaveLength(
      1,
    );
    expect(nameViolations(house({ 'cli/a.ts': "export { c } from './c.ts';\nexport const d = 1;" }))).toEqual([]);
  });

  it('finds dice in a pure room only', () => {
    const text = 'export const roll = () => Math.random();';
    expect(purityViolations(house({ 'daemon/engine/a.ts': text }))).toHaveLength(1);
    expect(purityViolations(house({ 'cli/a.ts': text }))).toEqual([]);
  });
});

describe('text rules', () => {
  it.each(['see /home/ana/notes.md', "cd '/work/main'", '(/Users/ana/x)', '// TODO later', 'path:/root/x'])(
    'finds: %s',
    (line) => {
      expect(textViolations('a.md', `fine\n${line}\n`)).toHaveLength(1);
    },
  );

  it.each(['~/Documents', '/srv/photos', 'a/home/b', 'workspace/x', '/ip4/127.0.0.1/tcp/0'])('allows: %s', (line) => {
    expect(textViolations('a.md', line)).toEqual([]);
  });

  it('reads commands from blocks and spans, not from prose', () => {
    const text = 'sheaf sings. `sheaf status --json`\n\n```sh\n$ sheaf add ~/a\nsheaf --home DIR wait\n```\n';
    expect(commandsNamed(text)).toEqual(['add', 'status', 'wait']);
  });
});
