import type { Mutant } from './mutant.ts';

const SETTLE = 'daemon/core/settle.ts';

/** Ways to make of registers a tree that is wrong, or not the same everywhere. */
export const MERGE_MUTANTS: readonly Mutant[] = [
  {
    name: 'rival-forgotten',
    rule: 'every version that loses is kept beside the one that won',
    edits: [
      {
        file: SETTLE,
        find: '  for (const loser of rival.losers) {',
        replace: '  for (const loser of rival.losers.slice(1)) {',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'delete-beats-edit',
    rule: 'a deletion means the content it named, and no other',
    edits: [{ file: 'daemon/core/entry.ts', find: '    content.digest !== location.digest ||\n', replace: '' }],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'delete-beats-child',
    rule: 'a deleted directory lives as long as something is in it',
    edits: [
      {
        file: 'daemon/core/entry.ts',
        find: "(content.kind === 'directory' && entry.liveChildren > 0)",
        replace: "(content.kind === 'directory' && entry.liveChildren < 0)",
      },
    ],
    by: ['nothing lost', 'in sync', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'first-come-keeps-name',
    rule: 'of two entries of one name the same one keeps it everywhere',
    edits: [
      {
        file: 'daemon/store/wanted-places.ts',
        find: 'const ids = [...before, id].toSorted();',
        replace: 'const ids = [...before, id];',
      },
    ],
    by: ['equal', 'quiet', 'at rest', 'in sync', 'registers', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'cycle-left',
    rule: 'directories that were moved into each other come back to the root',
    edits: [
      {
        file: SETTLE,
        find: "if (walk === 'root' || walk === 'orphan') return;",
        replace: "if (walk === 'root' || walk === 'orphan' || walk.length > 1) return;",
      },
    ],
    by: ['in sync', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'holder-stays-file',
    rule: 'what something is placed in is a directory',
    edits: [
      {
        file: SETTLE,
        find: '    for (const id of now) openHolders(table, id, nameOf, changes, moved);\n',
        replace: '',
      },
    ],
    by: ['in sync', 'registers', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'names-not-settled',
    rule: 'no two entries have one name',
    edits: [
      {
        file: SETTLE,
        find: '    for (const id of now) settleNames(table, id, nameOf, changes, moved);\n',
        replace: '',
      },
    ],
    by: ['in sync', 'registers', 'equal', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'time-conflicts',
    rule: 'versions of the same bytes are never a conflict',
    edits: [
      {
        file: 'daemon/core/resolve.ts',
        find: 'if (!kept.some((other) => sameBytes(other, content))) kept.push(content);',
        replace:
          'if (!kept.some((other) => sameBytes(other, content) && other.mtimeNs === content.mtimeNs)) kept.push(content);',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/without-faults.test.ts', name: 'the same new file' }],
  },
  {
    name: 'past-is-a-rival',
    rule: 'a version that another was made from is no conflict',
    edits: [
      {
        file: 'daemon/core/resolve.ts',
        find: 'let versions = dropAncestors(oneOfEachDigest(contents));',
        replace: 'let versions = oneOfEachDigest(contents);',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/unit/core/resolve.test.ts' }],
  },
];
