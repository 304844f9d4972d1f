import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../architecture/source.ts';
import { MUTANTS } from './catalogue.ts';
import { hunt } from './hunt.ts';
import { editText, ProjectCopy } from './project-copy.ts';

/** Caught by where they are looked for first, in seconds: they show that what `npm run sim:mutants` says is so. */
const CHEAP = ['steps-need-nothing', 'put-over'];
const TIMEOUT_MS = 60_000;

describe('the mutants', () => {
  it('have names of their own, and something to be caught by', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.filter(({ hunts, edits }) => hunts.length === 0 || edits.length === 0)).toEqual([]);
  });

  it.each(MUTANTS)('$name still fits the engine', ({ edits }) => {
    const texts = new Map<string, string>();
    for (const edit of edits) {
      const before = texts.get(edit.file) ?? readFileSync(join(projectRoot, edit.file), 'utf8');
      const after = editText(before, edit);
      expect(after).not.toBe(before);
      texts.set(edit.file, after);
    }
  });

  it('do not fit when what they replace is gone, or is there twice', () => {
    const edit = { file: 'a.ts', find: 'a()', replace: 'b()' };
    expect(editText('x; a();', edit)).toBe('x; b();');
    expect(() => editText('x; c();', edit)).toThrow('0 times');
    expect(() => editText('a(); a();', edit)).toThrow('2 times');
  });
});

describe('a hunt', () => {
  let copy: ProjectCopy;
  beforeAll(() => {
    copy = new ProjectCopy();
  });
  afterAll(() => copy.remove());

  it.each(CHEAP)('catches %s, and nothing when it is mended', { timeout: TIMEOUT_MS }, async (name) => {
    const mutant = MUTANTS.find((each) => each.name === name);
    if (mutant === undefined) throw new Error(`no mutant is called ${name}`);
    const quick = { ...mutant, hunts: mutant.hunts.slice(0, 1) };
    const mend = copy.apply(mutant);
    const found = await hunt(copy, quick, false);
    mend();
    expect([...mutant.by, 'test']).toContain(found?.check);
    expect(await hunt(copy, quick, false)).toBeUndefined();
  });
});
