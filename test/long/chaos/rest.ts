import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ledger, nameOf } from '../../simulator/world/ledger.ts';
import { expectEqualTrees, type TestDaemon } from '../../support/daemons.ts';
import { strayFiles } from '../../support/kill-campaign.ts';
import { walk } from './disk.ts';

/** Longer than a halted folder, an overloaded machine and a slow network together take. */
const REST_LIMIT_MS = 240_000;
const QUIET_MS = 1500;

/** Approves whatever is held until everybody says that all is in sync. Throws when that takes too long. */
export async function comeToRest(daemons: readonly TestDaemon[], trace: (line: string) => void): Promise<void> {
  const from = performance.now();
  for (;;) {
    for (const daemon of daemons) for (const { id } of await daemon.api.pending()) await daemon.run(['approve', id]);
    const waits = await Promise.all(daemons.map((daemon) => daemon.run(['wait', '--timeout', '5s'])));
    if (waits.every(({ code }) => code === 0)) return;
    const said = waits.map(({ code, stdout, stderr }, index) => `${daemons[index]?.name}, ${code}: ${stdout}${stderr}`);
    for (const line of said) trace(line);
    if (performance.now() - from < REST_LIMIT_MS) continue;
    const states = await Promise.all(daemons.map((daemon) => daemon.describe()));
    throw new Error(['it does not come to rest', ...said, ...states].join('\n'));
  }
}

/** All that must be true at rest. Throws what is not. */
export async function checkAtRest(daemons: readonly [TestDaemon, ...TestDaemon[]], ledger: Ledger): Promise<void> {
  const [first, ...others] = daemons;
  for (const other of others) expectEqualTrees(first, other);
  // What was staged and is wanted no more stays for a day, so that what comes again need not be fetched again.
  const parked = daemons.flatMap(strayFiles).filter((path) => !path.startsWith('stage/'));
  const wrong = [...lost(first, ledger), ...parked];
  for (const daemon of daemons) {
    for (const { path, message } of (await daemon.folder()).problems) wrong.push(`${daemon.name}: ${path}: ${message}`);
  }
  for (const daemon of daemons) wrong.push(...deaths(daemon));
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const said = await first.ask(['log', '--json', '-n', '20']);
  await sleep(QUIET_MS);
  if ((await first.ask(['log', '--json', '-n', '20'])) !== said) throw new Error('somebody still changes something');
  for (const other of others) expectEqualTrees(first, other);
}

/** What Node and the daemon write when something happens that must not. */
const DEATH = /^Node\.js v|code=internal|Unhandled/;

function deaths(daemon: TestDaemon): readonly string[] {
  const lines = daemon.log().split('\n');
  return lines.flatMap((line, index) =>
    DEATH.test(line)
      ? [`${daemon.name} died or nearly so: ${lines.slice(Math.max(0, index - 20), index + 1).join('\n')}`]
      : [],
  );
}

/** Reads every file of a device through sheaf itself. */
export async function verify(daemon: TestDaemon): Promise<void> {
  const { code, stdout } = await daemon.run(['verify']);
  if (code !== 0) throw new Error(`${daemon.name} finds damage: ${stdout}`);
}

/** Contents and directories that nobody gave up and that are not there, and contents that nobody wrote. */
function lost({ root }: TestDaemon, ledger: Ledger): readonly string[] {
  const tree = walk(root);
  const here = new Map<string, string>();
  const wrong: string[] = [];
  for (const { path, kind } of tree) {
    if (kind !== 'file') continue;
    const bytes = readFileSync(join(root, path));
    if (!ledger.isKnown(bytes)) wrong.push(`"${nameOf(bytes)}" at ${path}, which nobody wrote`);
    here.set(nameOf(bytes), path);
  }
  for (const [name, where] of ledger.owed()) if (!here.has(name)) wrong.push(`"${name}", written at ${where}, is lost`);
  const directories = tree
    .filter(({ kind }) => kind === 'directory')
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  for (const [name, where] of ledger.directories) {
    if (!directories.some((each) => each.startsWith(name))) wrong.push(`directory ${name}, made by ${where}, is lost`);
  }
  return wrong;
}
