import { expect, it } from 'vitest';
import { createDiskHost } from '../../daemon/engine/disk/disk-host.ts';
import type { Listed } from '../../daemon/engine/disk/jobs.ts';
import { DiskCase } from './disk-case.ts';
import { faultsOf } from './disk-faults.ts';

const SCENARIO = { name: 'look', before: { 'd/a': 'a', 'd/b': 'b' }, staged: [], steps: () => [], after: {} };

function list(test: DiskCase): readonly Listed[] {
  const job = { kind: 'list', root: test.root, directories: ['d'] } as const;
  const result = createDiskHost(test.disk.openFileSystem())(job);
  if (result.kind !== 'list') throw new Error('the job has another result');
  return result.directories;
}

// What is missing in a listing counts as deleted.
it('a directory that can not be looked at in full is not taken for one with less in it', () => {
  const operations: Parameters<typeof faultsOf>[0][] = [];
  const dry = new DiskCase(SCENARIO);
  dry.disk.operations.before = (operation) => {
    operations.push(operation);
    return undefined;
  };
  list(dry);
  let failed = 0;
  for (const operation of operations) {
    for (const fault of faultsOf(operation)) {
      const test = new DiskCase(SCENARIO);
      test.disk.operations.before = ({ number }) => (number === operation.number ? fault : undefined);
      let found: readonly Listed[] = [];
      try {
        found = list(test);
      } catch (error) {
        expect(error).toEqual(expect.objectContaining({ code: expect.any(String) }));
      }
      if (found[0]?.kind === 'listed') expect(found[0].children.map(({ name }) => name)).toEqual(['a', 'b']);
      else failed += 1;
    }
  }
  expect(failed).toBeGreaterThan(0);
});
