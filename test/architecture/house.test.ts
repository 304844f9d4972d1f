import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cycles } from './cycles.ts';
import { doorViolations, importViolations } from './import-rules.ts';
import { nameViolations, purityViolations, sizeViolations } from './shape-rules.ts';
import { filesBelow, projectRoot, readProject, rooms } from './source.ts';
import { textViolations } from './text-rules.ts';

const modules = readProject();

/** Fewer than the project has; a walk that finds less has looked in the wrong place and would pass on nothing. */
const LEAST_MODULES = 60;

describe('the house', () => {
  it('was seen whole', () => {
    expect(modules.length).toBeGreaterThan(LEAST_MODULES);
    for (const room of rooms) expect(modules.some((module) => module.path.startsWith(`${room}/`))).toBe(true);
    expect(modules.flatMap((module) => module.imports).length).toBeGreaterThan(2 * LEAST_MODULES);
  });

  it('keeps every import within the table of rooms', () => {
    expect(importViolations(modules)).toEqual([]);
  });

  it('lets one file stand in front of each package that a room hides', () => {
    expect(doorViolations(modules)).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(cycles(modules)).toEqual([]);
  });

  it('keeps files and functions short', () => {
    expect(sizeViolations(modules)).toEqual([]);
  });

  it('names things for what they are', () => {
    expect(nameViolations(modules)).toEqual([]);
  });

  it('has no dice in the pure rooms', () => {
    expect(purityViolations(modules)).toEqual([]);
  });

  it('explains every folder in a README', () => {
    const folders = new Set(modules.filter(({ path }) => !path.startsWith('test/')).map(({ path }) => dirname(path)));
    const bare = [...folders, 'test'].filter((folder) => !existsSync(join(projectRoot, folder, 'README.md')));
    expect(bare.sort()).toEqual([]);
  });

  it('says nothing that only its author understands', () => {
    const files = [...filesBelow([...rooms, 'docs', '.ci']), 'README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'];
    const texts = files.filter((path) => /\.(ts|js|md|json|sh|run)$|\.ci\/run$/.test(path));
    const found = texts
      .filter((path) => !path.startsWith('test/architecture/'))
      .flatMap((path) => textViolations(path, readFileSync(join(projectRoot, path), 'utf8')));
    expect(found).toEqual([]);
  });
});

describe('package.json', () => {
  const manifest: unknown = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const lock = readFileSync(join(projectRoot, 'package-lock.json'), 'utf8');

  it('names exact versions', () => {
    const loose = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((key) => {
      const section: unknown = Reflect.get(Object(manifest), key);
      return Object.entries(Object(section)).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)));
    });
    expect(loose).toEqual([]);
  });

  it('has a lock file that names no registry', () => {
    expect(lock).not.toMatch(/"resolved"/);
  });

  it('has a lock file that holds every platform of every optional package', () => {
    const packages = Object.entries(Object(Reflect.get(Object(JSON.parse(lock)), 'packages')));
    const held = new Set(packages.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const missing = packages.flatMap(([path, one]) =>
      Object.keys(Object(Reflect.get(Object(one), 'optionalDependencies')))
        .filter((name) => !held.has(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
