import type { Mutant } from './mutant.ts';

const RECEIVE = 'daemon/engine/logs/receive.ts';
const PUBLISH = 'daemon/engine/logs/publish.ts';

/** Ways to keep and exchange logs wrongly, and to say what is not so. */
export const LOG_MUTANTS: readonly Mutant[] = [
  {
    name: 'log-goes-on',
    rule: 'a sequence is never used twice, whatever became of the database',
    edits: [
      {
        file: 'daemon/store/continuity.ts',
        find: 'if (row !== undefined && mark !== undefined && fromUtf8(row) === mark) return;',
        replace: 'if (row !== undefined || mark !== undefined) return;',
      },
    ],
    by: ['logs'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'announced-early',
    rule: 'nobody is told of an entry that is not durable here',
    edits: [
      {
        file: PUBLISH,
        find: '      await context.store.write(batch, { durable: true });\n',
        replace:
          "      if (prepared?.head !== undefined) this.#onEntries(prepared.head, prepared.entries, 'here');\n      await context.store.write(batch, { durable: true });\n",
      },
    ],
    by: ['durable'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'commit-not-durable',
    rule: 'what is announced is durable',
    edits: [
      {
        file: PUBLISH,
        find: 'await context.store.write(batch, { durable: true });',
        replace: 'await context.store.write(batch, { durable: false });',
      },
    ],
    by: ['durable'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'unsigned-taken',
    rule: 'an entry counts only with its author’s signature',
    edits: [
      {
        file: RECEIVE,
        find: "if (!verifyLogEntry(entry)) return this.#refuse(entry, 'its signature is wrong');",
        replace: '',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/unit/engine/logs/receive.test.ts' }],
  },
  {
    name: 'reader-writes',
    rule: 'an entry counts only if its author could write by what it knew',
    edits: [
      {
        file: RECEIVE,
        find: "if (!mayWrite) return this.#refuse(entry, 'its device may not write here');",
        replace: '',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/unit/engine/logs/receive.test.ts' }],
  },
  {
    name: 'fork-taken',
    rule: 'a log has one history',
    edits: [
      {
        file: RECEIVE,
        find: 'if (entry.header.previous !== (head?.last ?? NO_RECORD)) {',
        replace: "if (entry.header.previous === 'none' && head?.last === NO_RECORD) {",
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/unit/engine/logs/receive.test.ts' }],
  },
  {
    name: 'effect-before-cause',
    rule: 'an entry waits for all that its author had seen',
    edits: [
      {
        file: RECEIVE,
        find: 'return isReached(seen, reached) ? { accepted, further } : { further };',
        replace: 'return { accepted, further };',
      },
    ],
    by: ['equal', 'in sync', 'nothing lost', 'logs', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'asked-once',
    rule: 'what a member that went away was asked for is asked of another',
    edits: [
      {
        file: 'daemon/engine/logs/gossip.ts',
        find: '    // What it was asked for may be had from another.\n    this.#askEverybody();\n',
        replace: '',
      },
    ],
    by: ['in sync', 'equal', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'given-up-early',
    rule: 'a version is given up only when every member says that it is gone',
    edits: [
      {
        file: 'daemon/engine/apply/lost-versions.ts',
        find: 'others.every((member) => goneAt.has(member.device))',
        replace: 'others.some((member) => goneAt.has(member.device))',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'settled-half-heard',
    rule: 'nothing is settled before the whole history is heard',
    edits: [
      {
        file: RECEIVE,
        find: 'this.heardAll = context.config.scanned || context.membership.current.members.length < 2;',
        replace: 'this.heardAll = true;',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/e2e/join-after-conflict.test.ts' }],
  },
  {
    name: 'frontiers-are-enough',
    rule: '“in sync” needs disks that show it, not only logs that are equal',
    edits: [
      {
        file: 'daemon/engine/waiting.ts',
        find: '    if (!report.settled) return ',
        replace: '    if (report.frontier === undefined) return ',
      },
    ],
    by: ['true claims', 'equal', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'answered-unseen',
    rule: 'who is asked whether all is in sync looks at its disk first',
    edits: [{ file: 'daemon/engine/logs/gossip.ts', find: '      await this.#hooks.flush();\n', replace: '' }],
    by: ['true claims', 'equal', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'queue-lost',
    rule: 'what was not done before a restart is done after it',
    edits: [
      {
        file: 'daemon/engine/folder.ts',
        find: '      this.#started = true;\n      this.#reconciler.kick(true);\n',
        replace: '      this.#started = true;\n',
      },
      {
        file: 'daemon/engine/folder.ts',
        find: 'this.context.index.counters().dirty > 0)\n      this.#reconciler.kick(true);',
        replace: 'this.context.index.counters().dirty < 0)\n      this.#reconciler.kick(true);',
      },
      {
        file: 'daemon/engine/folder.ts',
        find: 'context.index.counters().dirty > 0)\n          this.#reconciler.kick();',
        replace: 'context.index.counters().dirty < 0)\n          this.#reconciler.kick();',
      },
    ],
    by: ['by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'halted-for-good',
    rule: 'a folder goes on when its root is back',
    edits: [
      {
        file: 'daemon/engine/halt.ts',
        find: "new Set(['root-missing', 'root-changed', ",
        replace: 'new Set([',
      },
    ],
    by: ['in sync', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'brakes-off',
    rule: 'nobody deletes much of a folder without being asked',
    edits: [
      {
        file: 'daemon/core/brake.ts',
        find: 'if (exceeds(deletions, entriesInFolder, BRAKE_DELETED_SHARE)) {',
        replace: 'if (exceeds(deletions, entriesInFolder, BRAKE_DELETED_SHARE * 100)) {',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/unit/core/brake.test.ts' }],
  },
];
