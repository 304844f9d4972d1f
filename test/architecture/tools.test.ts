import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from './source.ts';

// The compiler's and the linter's settings are rules too; each is shown one file that it must refuse.
const directory = mkdtempSync(join(tmpdir(), 'sheaf-rules-'));

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What the tool says, on whichever stream. */
function run(command: string, args: readonly string[], cwd: string): string {
  const program = join(projectRoot, 'node_modules', '.bin', command);
  const { stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  return stdout + stderr;
}

function compileAsCore(text: string): string {
  writeFileSync(join(directory, 'probe.mts'), text);
  const settings = {
    extends: join(projectRoot, 'daemon', 'core', 'tsconfig.json'),
    compilerOptions: { rootDir: '/' },
    include: ['probe.mts', join(projectRoot, 'daemon', 'pure-platform.d.ts')],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  return run('tsc', ['--noEmit', '-p', directory], directory);
}

describe('the compiler in the pure rooms', () => {
  it('knows what pure code may use', () => {
    expect(compileAsCore("export const bytes = new TextEncoder().encode('a').length + Math.max(1, 2);")).toBe('');
  });

  it.each(['setTimeout(() => 1, 2)', 'process.exit()', "Buffer.from('a')", "fetch('a')", "import('node:fs')"])(
    'refuses: %s',
    (expression) => {
      expect(compileAsCore(`export const a = ${expression};`)).toMatch(/error TS\d+: Cannot find/);
    },
  );
});

describe('the linter', () => {
  const faults = [
    ['noRestrictedGlobals', 'daemon/core/clock.ts', 'export const a = Date.now();'],
    ['noRestrictedGlobals', 'protocol/process.ts', 'export const a = process.pid;'],
    ['noConsole', 'daemon/node/console.ts', "console.log('a');"],
    ['noExplicitAny', 'cli/any.ts', 'export const a: any = 1;'],
    ['noNonNullAssertion', 'cli/assertion.ts', 'export const a = (b: string[]) => b[0]!;'],
    ['noBarrelFile', 'cli/barrel.ts', "export * from './any.ts';"],
    ['noFocusedTests', 'test/focused.test.ts', "it.only('a', () => {});"],
    ['noFloatingPromises', 'cli/floating.ts', 'async function a() {}\na();'],
  ] as const;
  const allowed = 'daemon/node/clock.ts';
  let output = '';

  beforeAll(() => {
    for (const name of ['biome.json', '.gitignore', 'package.json']) {
      copyFileSync(join(projectRoot, name), join(directory, name));
    }
    for (const [, path, text] of [...faults, ['', allowed, 'export const a = Date.now();']] as const) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), `${text}\n`);
    }
    output = run(
      'biome',
      ['lint', '--colors=off', '--max-diagnostics=none', 'daemon', 'protocol', 'cli', 'test'],
      directory,
    );
  });

  it.each(faults)('finds %s in %s', (rule, path) => {
    const heads = output.split('\n').filter((line) => line.startsWith(path));
    expect(heads.join('\n')).toContain(`/${rule} `);
  });

  it('lets the real world use the clock', () => {
    expect(output).not.toContain(allowed);
  });
});
