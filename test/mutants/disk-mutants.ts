import type { Mutant } from './mutant.ts';

const APPLY = 'daemon/engine/disk/apply.ts';

const PUT = 'daemon/engine/disk/put.ts';

/** Ways to write to a disk wrongly. */
export const DISK_MUTANTS: readonly Mutant[] = [
  {
    name: 'trash-unseen',
    rule: 'what went to the trash is looked at, and comes back when nobody deleted it',
    edits: [
      {
        file: APPLY,
        find: "if (meets(trash, step.keep, step.expected)) return { kind: 'done', stamp: undefined };",
        replace: "if (step.keep !== '') return { kind: 'done', stamp: undefined };",
      },
    ],
    by: ['nothing lost'],
    hunts: [
      { kind: 'tests', file: 'test/every-n/meddling.test.ts', name: 'of: delete.*puts another file' },
      { kind: 'seeds', most: 400 },
    ],
  },
  {
    name: 'replace-unseen',
    rule: 'a file is only replaced while it is what the plan saw',
    edits: [
      {
        file: PUT,
        find: '  if (!meets(parent, name, expected)) return { kind: ',
        replace: "  if (step.keep === '') return { kind: ",
      },
      {
        file: PUT,
        find: 'if (awaited === undefined || (out !== undefined && sameButForName(out, awaited))) break;',
        replace: 'if (awaited !== undefined || out !== undefined) break;',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'put-over',
    rule: 'a new file never takes the place of what somebody put there meanwhile',
    edits: [
      {
        file: PUT,
        find: 'const before = stampAt(staging, step.stage);\n    staging.renameNoReplace(step.stage, parent, name);',
        replace: 'const before = stampAt(staging, step.stage);\n    staging.rename(step.stage, parent, name);',
      },
    ],
    by: ['nothing lost'],
    hunts: [
      { kind: 'tests', file: 'test/every-n/meddling.test.ts', name: 'of: create.*puts another file' },
      { kind: 'seeds', most: 400 },
    ],
  },
  {
    name: 'stage-not-synced',
    rule: 'content is durable before it gets its name',
    edits: [{ file: APPLY, find: '    syncStaged(root, job.steps);\n', replace: '' }],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'names-not-synced',
    rule: 'names are durable before the index knows of them',
    edits: [
      {
        file: APPLY,
        find: "    if (all || directories.size >= SYNC_ALL_FROM) root.directory('').syncFileSystem();\n    else for (const path of directories) syncNames(root, path);\n",
        replace: '    if (all && directories.has(TRASH)) syncNames(root, TRASH);\n',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'sync-error-forgotten',
    rule: 'what could not be synced is written anew: the next sync would only call it durable',
    edits: [
      {
        file: APPLY,
        find: '    for (const name of stages) removeIfThere(directory, name);\n',
        replace: '    if (stages.length === 0) removeIfThere(directory, STAGE);\n',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/disk.test.ts', name: 'of: (create|replace).*may fail' }],
  },
  {
    name: 'outcome-unseen',
    rule: 'only what a step itself put there is known to the index',
    edits: [
      {
        file: 'daemon/engine/disk/standing.ts',
        find: 'if (was === undefined || is === undefined || !sameButForName(is, was))',
        replace: 'if (was === undefined || is === undefined)',
      },
    ],
    by: ['nothing lost', 'equal', 'in sync', 'true claims', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'directory-swept-away',
    rule: 'a directory goes only when it is empty',
    edits: [
      {
        file: APPLY,
        find: '      parent.removeDirectory(name);\n',
        replace:
          '      const inside = parent.openDirectory(name);\n      for (const child of inside.list().entries) removeIfThere(inside, child.name);\n      parent.removeDirectory(name);\n',
      },
    ],
    by: ['nothing lost'],
    hunts: [{ kind: 'tests', file: 'test/every-n/meddling.test.ts', name: 'of: delete.*puts another file' }],
  },
  {
    name: 'no-parking',
    rule: 'what is in the way of others goes through a name of its own',
    edits: [
      {
        file: 'daemon/core/plan/order.ts',
        find: "steps.push({ kind: 'park', entry: move.entry, from: move.from.placement });",
        replace: '',
      },
    ],
    by: ['in sync', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'parked-forgotten',
    rule: 'what a run left parked is put back before anything is looked at',
    edits: [
      {
        file: 'daemon/engine/apply/apply.ts',
        find: '  if (parked.length > 0) await context.turn.take(() => unpark(context, publisher, parked));\n',
        replace: '  if (parked.length > 1000) await context.turn.take(() => unpark(context, publisher, parked));\n',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/names.test.ts', name: 'swap two files' }],
  },
  {
    name: 'recovery-not-synced',
    rule: 'what a killed run did is durable before a scan believes it',
    edits: [
      {
        file: 'daemon/engine/apply/apply.ts',
        find: "  await onDisk(context.disk, { kind: 'sync', root: context.root, directories: 'all' });\n",
        replace: '',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/every-n/names.test.ts', name: 'a directory' }],
  },
  {
    name: 'steps-need-nothing',
    rule: 'a step is left out when one that it rests on was not done',
    edits: [
      {
        file: APPLY,
        find: "job.needs[index]?.every((needed) => steps[needed]?.kind === 'done') ?? true",
        replace: 'job.needs[index] !== undefined',
      },
    ],
    by: ['nothing lost', 'in sync', 'registers', 'equal', 'by itself'],
    hunts: [
      { kind: 'found', script: 'name-freed-by-somebody-else' },
      { kind: 'found', script: 'emptied-by-somebody-else' },
      { kind: 'seeds', most: 400 },
    ],
  },
  {
    name: 'reuse-unverified',
    rule: 'a chunk that is here already counts only when its bytes are right',
    edits: [
      {
        file: 'daemon/engine/disk/stage.ts',
        find: 'return toHex(chunkIdBytes(keys, buffer)) === chunk;',
        replace: 'return toHex(chunkIdBytes(keys, buffer)).length === chunk.length;',
      },
    ],
    by: ['nothing torn', 'equal', 'nothing lost', 'by itself'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'root-unchecked',
    rule: 'nothing is read or written where the root is not',
    edits: [
      {
        file: 'daemon/engine/disk/opened-root.ts',
        find: 'if (stat.device === reference.device && stat.inode === reference.inode && found === reference.marker) return;',
        replace: "if (stat.device === reference.device || found !== '') return;",
      },
    ],
    by: ['root gate', 'nothing lost'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'marker-unchecked',
    rule: 'a root without its marker is somebody else’s',
    edits: [
      {
        file: 'daemon/engine/disk/opened-root.ts',
        find: 'stat.inode === reference.inode && found === reference.marker) return;',
        replace: 'stat.inode === reference.inode) return;',
      },
    ],
    by: ['root gate'],
    hunts: [{ kind: 'seeds', most: 400 }],
  },
  {
    name: 'through-a-symlink',
    rule: 'nothing is followed through a symlink',
    edits: [
      {
        file: 'daemon/node/disk/anchor.ts',
        find: 'return new HandleAnchor(this.child(name), constants.O_NOFOLLOW);',
        replace: 'return new HandleAnchor(this.child(name), 0);',
      },
    ],
    by: [],
    hunts: [{ kind: 'tests', file: 'test/compliance/file-system-node.test.ts' }],
  },
];
