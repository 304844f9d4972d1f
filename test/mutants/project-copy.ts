import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../architecture/source.ts';
import type { Edit, Mutant } from './mutant.ts';

/** All that it takes to live through a world or to run a test. */
const COPIED = ['cli', 'daemon', 'protocol', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

/** The text of a file with one edit. Throws when what is to be replaced does not stand there exactly once. */
export function editText(text: string, { file, find, replace }: Edit): string {
  const times = text.split(find).length - 1;
  if (times === 1) return text.replace(find, () => replace);
  throw new Error(`${file} says ${times} times instead of once: ${find}`);
}

/** A copy of the project below the system's temporary directory, to break things in. */
export class ProjectCopy {
  readonly directory = mkdtempSync(join(tmpdir(), 'sheaf-mutants-'));

  constructor() {
    for (const name of COPIED) cpSync(join(projectRoot, name), join(this.directory, name), { recursive: true });
    symlinkSync(join(projectRoot, 'node_modules'), join(this.directory, 'node_modules'), 'junction');
  }

  /** Breaks it; the result mends it again. */
  apply({ edits }: Pick<Mutant, 'edits'>): () => void {
    const before = new Map<string, string>();
    const mend = (): void => {
      for (const [path, text] of before) writeFileSync(path, text);
    };
    try {
      for (const edit of edits) {
        const path = join(this.directory, edit.file);
        const text = readFileSync(path, 'utf8');
        if (!before.has(path)) before.set(path, text);
        writeFileSync(path, editText(text, edit));
      }
    } catch (error) {
      mend();
      throw error;
    }
    return mend;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
