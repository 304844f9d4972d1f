import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesBelow, countBelow } from '../../bench/disk.ts';
import { median } from '../../bench/measure.ts';
import { markdown, type Report } from '../../bench/report.ts';
import { chooseRows, rows } from '../../bench/rows.ts';
import { makeSourceTree } from '../../bench/source-tree.ts';
import { compareTrees } from '../../support/compare-trees.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sheaf-bench-test-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the generated source tree', () => {
  it('has the wanted shape and is the same every time', () => {
    const shape = { files: 1000, bytes: 4_000_000 };
    const [one, other] = [join(directory, 'one'), join(directory, 'other')];
    for (const root of [one, other]) {
      mkdirSync(root);
      expect(makeSourceTree(root, shape)).toBe(1001);
    }
    expect(countBelow(one)).toBe(1001);
    expect(bytesBelow(one)).toBeGreaterThan(3_900_000);
    expect(bytesBelow(one)).toBeLessThan(4_100_000);
    const { differences, directories } = compareTrees(one, other, { limit: 10_000 });
    expect(differences.filter(({ what }) => what !== 'mtime')).toEqual([]);
    expect(directories).toBeGreaterThan(50);
  });
});

describe('rows', () => {
  it('come with those they build on, in running order', () => {
    expect(chooseRows([])).toBe(rows);
    expect(chooseRows(['rename']).map(({ id }) => id)).toEqual(['small', 'rename']);
    expect(chooseRows(['append', 'latency']).map(({ id }) => id)).toEqual(['latency', 'new-1g', 'append']);
    expect(() => chooseRows(['nothing'])).toThrow(/no row 'nothing'/);
  });
});

describe('the report', () => {
  it('shows figures, notes and ratios', () => {
    const report: Report = {
      schema: 1,
      time: '2026-01-01T00:00:00.000Z',
      machine: 'a machine',
      node: '22',
      scale: 1,
      versions: { sheaf: '1', rsync: '3' },
      rows: [
        {
          row: 'small',
          title: 'small files',
          results: { sheaf: { seconds: 1.5, wireBytes: 2048 }, rsync: { seconds: 3, cpuSeconds: [0.5, 1] } },
        },
        { row: 'idle', title: 'idle', results: { sheaf: { figures: { percent: 0.1 } }, rsync: { note: 'no daemon' } } },
      ],
    };
    const lines = markdown(report).split('\n');
    expect(lines).toContain('| small files | **1.50 s**, wire 2048 B | **3.00 s**, CPU 0.5 + 1.0 s | 0.50 × |');
    expect(lines).toContain('| idle | percent 0.100 | no daemon | – |');
  });

  it('takes the middle sample', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(3);
  });
});
