import { describe, expect, it } from 'vitest';
import { type BatchCounts, judgeBatch } from '../../../daemon/core/brake.ts';

const QUIET: BatchCounts = { entriesInFolder: 1_000, deletions: 0, rewrites: 0, highEntropyRewrites: 0 };

function codeFor(counts: Partial<BatchCounts>): string | undefined {
  const judgement = judgeBatch({ ...QUIET, ...counts });
  return judgement.held ? judgement.code : undefined;
}

describe('the brake', () => {
  it.each([
    ['a quarter of a folder', { deletions: 250 }, undefined],
    ['more than a quarter', { deletions: 251 }, 'mass-deletion'],
    ['fifty entries of a small folder, though it is all of it', { entriesInFolder: 50, deletions: 50 }, undefined],
    ['fifty-one of a small folder', { entriesInFolder: 60, deletions: 51 }, 'mass-deletion'],
    ['more than a quarter of an odd number', { entriesInFolder: 1_001, deletions: 251 }, 'mass-deletion'],
    ['nothing in an empty folder', { entriesInFolder: 0 }, undefined],
  ] as const)('for deletions: %s', (_what, counts, code) => {
    expect(codeFor(counts)).toBe(code);
  });

  it.each([
    ['any number with ordinary bytes', { rewrites: 1_000, highEntropyRewrites: 0 }, undefined],
    ['three tenths with random-looking bytes', { rewrites: 1_000, highEntropyRewrites: 300 }, undefined],
    ['more than three tenths', { rewrites: 301, highEntropyRewrites: 301 }, 'mass-rewrite'],
    ['all of a folder of fifty', { entriesInFolder: 50, rewrites: 50, highEntropyRewrites: 50 }, undefined],
    ['all of a folder of fifty-one', { entriesInFolder: 51, rewrites: 51, highEntropyRewrites: 51 }, 'mass-rewrite'],
  ] as const)('for rewrites: %s', (_what, counts, code) => {
    expect(codeFor(counts)).toBe(code);
  });

  it('names deletions first when both are too many', () => {
    expect(codeFor({ deletions: 400, rewrites: 400, highEntropyRewrites: 400 })).toBe('mass-deletion');
  });

  it('says what would happen and what to do', () => {
    expect(judgeBatch({ ...QUIET, deletions: 900 })).toEqual({
      held: true,
      code: 'mass-deletion',
      message:
        'The batch is held. It would delete 900 of the folder\'s 1000 entries. See it with "sheaf pending", then approve or reject it.',
    });
    const rewrite = judgeBatch({ ...QUIET, rewrites: 800, highEntropyRewrites: 700 });
    expect(rewrite.held && rewrite.message).toContain("rewrite 800 of the folder's 1000 entries, 700 of them");
  });
});
