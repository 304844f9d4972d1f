import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from './source.ts';

const CASES = 108;
const document = readFileSync(join(projectRoot, 'docs', 'cases.md'), 'utf8');
const rows = document.split('\n').filter((line) => /^\| \d/.test(line));

/** `file below test: title` or `file`, in backticks. */
function testsNamed(text: string): readonly (readonly [file: string, title: string])[] {
  return [...text.matchAll(/`([\w/.-]+\.(?:ts|json))(?:: ([^`]+))?`/g)].map(([, file = '', title = '']) => [
    file,
    title,
  ]);
}

describe('the catalogue of cases', () => {
  it('has every case once, in order', () => {
    expect(rows.map((row) => Number(/\d+/.exec(row)?.[0]))).toEqual(
      Array.from({ length: CASES }, (_, index) => index + 1),
    );
  });

  it('says of every case which test sees it, or why none does', () => {
    const silent = rows.filter(
      (row) => testsNamed(row).length === 0 && !/\*\*(?:decided|cannot arise|open)\*\*/.test(row),
    );
    expect(silent).toEqual([]);
  });

  it('names only tests that exist', () => {
    const named = testsNamed(document);
    expect(named.length).toBeGreaterThan(CASES);
    const wrong = named.filter(([file, title]) => {
      const path = join(projectRoot, 'test', file);
      return !existsSync(path) || !readFileSync(path, 'utf8').includes(title);
    });
    expect(wrong).toEqual([]);
  });
});
