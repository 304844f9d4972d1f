import type { Mutant } from './mutant.ts';

const READ = 'daemon/engine/disk/read.ts';
const LOCAL = 'daemon/core/local-changes.ts';

/** Ways to read a disk wrongly. */
export const SCAN_MUTANTS: readonly Mutant[] = [
  {
    name: 'unreadable-is-empty',
    rule: 'a directory that can not be listed says nothing about deletions',
    edits: [
      {
        file: 'daemon/engine/disk/list.ts',
        find: "return isGone(problem.code) ? { kind: 'gone' } : { kind: 'problem', problem };",
        replace: "return isGone(problem.code) ? { kind: 'gone' } : { kind: 'listed', children: [], skipped: [] };",
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/listing.test.ts' }],
  },
  {
    name: 'young-not-synced',
    rule: 'a file is durable before its content is announced',
    edits: [
      {
        file: READ,
        find: 'const WRITTEN_BACK_NS = 60_000_000_000n;',
        replace: 'const WRITTEN_BACK_NS = 0n;',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'names-announced-early',
    rule: 'a name is durable before it is announced',
    edits: [
      {
        file: 'daemon/engine/scan/durable-names.ts',
        find: 'if (directories.length > 0) await',
        replace: 'if (directories.length < 0) await',
      },
    ],
    by: ['nothing lost'],
    hunts: [
      { kind: 'found', script: 'announced-before-durable' },
      { kind: 'seeds', most: 400 },
    ],
  },
  {
    name: 'read-while-written',
    rule: 'a file counts as read only when it held still',
    edits: [
      {
        file: READ,
        find: 'return after !== undefined && sameStamp(before, after) && standing !== undefined && sameStamp(before, standing);',
        replace: 'return after !== undefined && standing !== undefined;',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/reading.test.ts' }],
  },
  {
    name: 'racy-stamp',
    rule: 'a file that changed within a tick of the clock is read later',
    edits: [{ file: READ, find: 'const RACY_NS = 12_000_000n;', replace: 'const RACY_NS = 0n;' }],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/reading.test.ts' }],
  },
  {
    name: 'no-first-scan',
    rule: 'what changed while nobody ran is found at the start',
    edits: [
      {
        file: 'daemon/engine/folder.ts',
        find: 'await this.#scanner.scan().then(() => markScanned(this.context));',
        replace: 'if (!this.context.config.scanned) await this.#scanner.scan().then(() => markScanned(this.context));',
      },
    ],
    by: ['by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'overflow-ignored',
    rule: 'a watcher that lost something makes everything be looked at',
    edits: [
      {
        file: 'daemon/engine/scan/scanner.ts',
        find: "if (hint.kind === 'overflow') this.#add('', true);",
        replace: "if (hint.kind === 'overflow') return;",
      },
    ],
    by: ['by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'no-periodic-scan',
    rule: 'what no watcher hinted at is found by and by',
    edits: [
      {
        file: 'daemon/engine/scan/scanner.ts',
        find: "this.#fullTimer = this.#context.clock.after(delayMs, () => this.#add('', true));",
        replace: 'this.#fullTimer = this.#context.clock.after(delayMs, () => undefined);',
      },
    ],
    by: ['by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'delete-beats-newer',
    rule: 'who deletes an old version has not deleted the new one',
    edits: [
      {
        file: LOCAL,
        find: 'if (!sameBytes(remote.content, synced.content)) return NOTHING;',
        replace: '',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'edit-over-edit',
    rule: 'an edit that meets another keeps both',
    edits: [
      {
        file: LOCAL,
        find: 'return rival(table, entry, seen, mine, remote.content, moved, nameOf);',
        replace:
          'return nameOf === undefined\n    ? rival(table, entry, seen, mine, remote.content, moved, nameOf)\n    : write(table, entry.id, seen, mine, { location: moved, content: true });',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'old-time-wins',
    rule: 'a mode or time that somebody else changed is not changed back',
    edits: [
      {
        file: LOCAL,
        find: 'if (synced !== undefined && sameContent(mine, synced.content)) return false;',
        replace: '',
      },
      {
        file: LOCAL,
        find: "if (still && mine.kind !== 'directory' && sameContent(mine, synced.content)) {",
        replace: "if (still && mine.kind === 'symlink' && sameContent(mine, synced.content)) {",
      },
      {
        file: LOCAL,
        find: 'return untouchedElsewhere || mine.mtimeNs > remote.content.mtimeNs;',
        replace: 'return untouchedElsewhere || mine.mtimeNs !== remote.content.mtimeNs;',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/contents.test.ts', name: 'mode, mtime and a symlink' }],
  },
];
