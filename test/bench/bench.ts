// `npm run bench -- [ROW…] [--against syncthing,rsync] [--without-sheaf] [--json] [--scale N] [--tree DIR] [--dir DIR]`
// Runs every row on every tool, one after the other, and prints a table. Linux only: it reads /proc.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Contender, MakeContender } from './contender.ts';
import { makeRsync } from './contender-rsync.ts';
import { makeSheaf } from './contender-sheaf.ts';
import { makeSyncthing } from './contender-syncthing.ts';
import type { Lane } from './lane.ts';
import type { Measurement } from './measure.ts';
import { markdown, type Report, type RowResult } from './report.ts';
import { chooseRows, type Row } from './rows.ts';

const makers: Readonly<Record<string, MakeContender>> = {
  sheaf: makeSheaf,
  syncthing: makeSyncthing,
  rsync: makeRsync,
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string', default: 'syncthing,rsync' },
    'without-sheaf': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    tree: { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
  },
});

function say(text: string): void {
  console.error(text);
}

async function makeLane(name: string, directory: string): Promise<Lane | undefined> {
  const make = makers[name];
  if (make === undefined) throw new Error(`can't compare with '${name}'; there are ${Object.keys(makers).join(', ')}`);
  const place = join(directory, name);
  const scratch = join(place, 'scratch');
  mkdirSync(scratch, { recursive: true });
  const contender = await make({ directory: place });
  if ('missing' in contender) {
    say(`without ${name}: ${contender.missing}`);
    return undefined;
  }
  const tree = options.tree === undefined ? undefined : resolve(options.tree);
  return { contender, scratch, scale: Number(options.scale), tree, state: { smallName: 'small', treeFiles: 0 } };
}

async function runRow(row: Row, lane: Lane): Promise<Measurement> {
  try {
    return await row.run(lane);
  } catch (error) {
    return { note: error instanceof Error ? error.message : String(error) };
  }
}

async function runRows(rows: readonly Row[], lanes: readonly Lane[]): Promise<readonly RowResult[]> {
  const found: RowResult[] = [];
  for (const row of rows) {
    const results: Record<string, Measurement> = {};
    for (const lane of lanes) {
      const measurement = await runRow(row, lane);
      results[lane.contender.name] = measurement;
      say(`${row.id.padEnd(10)} ${lane.contender.name.padEnd(10)} ${JSON.stringify(measurement)}`);
    }
    found.push({ row: row.id, title: row.title, results });
  }
  return found;
}

function describeMachine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
}

async function main(): Promise<void> {
  const rows = chooseRows(positionals);
  const names = [...(options['without-sheaf'] ? [] : ['sheaf']), ...options.against.split(',').filter(Boolean)];
  const directory = mkdtempSync(join(options.dir, 'sheaf-bench-'));
  const contenders: Contender[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(contenders.map((contender) => contender.stop()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  const interrupt = (): void => {
    void stop().finally(() => process.exit(130));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const lanes: Lane[] = [];
    for (const name of names) {
      const lane = await makeLane(name, directory);
      if (lane === undefined) continue;
      contenders.push(lane.contender);
      await lane.contender.start();
      lanes.push(lane);
      say(`${name} ${lane.contender.version} is ready`);
    }
    const report: Report = {
      schema: 1,
      time: new Date().toISOString(),
      machine: describeMachine(),
      node: process.versions.node,
      scale: Number(options.scale),
      versions: Object.fromEntries(contenders.map(({ name, version }) => [name, version])),
      rows: await runRows(rows, lanes),
    };
    console.log(options.json ? JSON.stringify(report, null, 2) : markdown(report));
  } finally {
    await stop();
  }
}

try {
  await main();
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
