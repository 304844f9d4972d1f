import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Change {
  readonly where: 'laptop' | 'desktop';
  readonly what: string;
  make(root: string): void;
}

/** Directories directly below `root`, in order, scopes and hidden ones left out. */
function packages(root: string): readonly string[] {
  return readdirSync(root)
    .filter((name) => /^[a-z]/.test(name) && statSync(join(root, name)).isDirectory())
    .sort();
}

/** The package that much depends on being there: picked by its place in the list, so that any node_modules will do. */
function pick(root: string, share: number): string {
  const names = packages(root);
  const name = names[Math.floor(share * (names.length - 1))];
  if (name === undefined) throw new Error(`no packages in ${root}; run npm ci first`);
  return name;
}

/** What two people do to a copy of node_modules, each on their own device, at the same time. */
export const changes: readonly Change[] = [
  {
    where: 'laptop',
    what: 'edits one file in place',
    make: (root) => appendFileSync(join(root, pick(root, 0.1), 'package.json'), '\n'),
  },
  {
    where: 'laptop',
    what: 'renames a directory',
    make: (root) => {
      const name = pick(root, 0.5);
      renameSync(join(root, name), join(root, `${name}-renamed`));
    },
  },
  {
    where: 'laptop',
    what: 'deletes a directory',
    make: (root) => rmSync(join(root, pick(root, 0.9)), { recursive: true }),
  },
  {
    where: 'desktop',
    what: 'creates 200 small files and a 32 MiB one',
    make: (root) => {
      const directory = join(root, 'new from the desktop');
      mkdirSync(directory);
      for (let index = 0; index < 200; index++) writeFileSync(join(directory, `note ${index}.txt`), `note ${index}\n`);
      writeFileSync(join(directory, 'big.bin'), Buffer.alloc(32 * 1024 * 1024, 'sheaf'));
    },
  },
  {
    where: 'desktop',
    what: 'moves a directory into another',
    make: (root) => renameSync(join(root, pick(root, 0.3)), join(root, pick(root, 0.2), 'moved in')),
  },
  {
    where: 'desktop',
    what: 'deletes a file',
    make: (root) => rmSync(join(root, pick(root, 0.7), 'package.json')),
  },
];
