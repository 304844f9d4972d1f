import { expect } from 'vitest';
import type { Outcome } from './device.ts';

/** A command failed as commands should: exit code 1 (or another), nothing on stdout, one message without a stack. */
export function expectFailure(outcome: Outcome, says: readonly (string | RegExp)[], code = 1): void {
  expect(outcome, outcome.stderr).toMatchObject({ code, stdout: '' });
  expect(outcome.stderr).toMatch(/^sheaf: /);
  expect(outcome.stderr).not.toMatch(/\n\s+at |\[object|undefined/);
  for (const text of says) expect(outcome.stderr).toMatch(text instanceof RegExp ? text : new RegExp(escaped(text)));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
