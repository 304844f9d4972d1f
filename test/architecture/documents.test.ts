import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../cli/catalogue.ts';
import { filesBelow, projectRoot } from './source.ts';
import { commandsNamed, linksOf } from './text-rules.ts';

function read(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

const commands = CATALOGUE.map(({ name }) => name);
const documents = [
  ...filesBelow(['docs', 'protocol', 'daemon', 'cli', 'test']).filter((path) => path.endsWith('.md')),
  'README.md',
  'CONTRIBUTING.md',
];

describe('documents', () => {
  it.each(['README.md', 'docs/cli.md'])('%s names only commands that exist', (path) => {
    const named = commandsNamed(read(path));
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !commands.includes(name) && name !== 'help')).toEqual([]);
  });

  it('describe every command', () => {
    expect(commands.filter((name) => !commandsNamed(read('docs/cli.md')).includes(name))).toEqual([]);
  });

  it('link to files that exist', () => {
    const broken = documents.flatMap((path) =>
      linksOf(read(path))
        .filter((link) => !existsSync(join(projectRoot, dirname(path), link)))
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).toEqual([]);
  });
});
