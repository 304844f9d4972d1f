import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, writeNoise } from './curious-tree.ts';
import { eventually, expectEqualTrees, settle, type TestDaemon } from './daemons.ts';

export interface CampaignSize {
  readonly files: number;
  readonly fileBytes: number;
  readonly largeBytes: number;
  /** How often one of the two is killed. */
  readonly kills: number;
}

/** What a campaign came to, so that a test can tell that it tried what it meant to. */
export interface CampaignResult {
  /** Kills that hit a copy that was under way. */
  readonly midway: number;
  /** Times that `wait` said "in sync"; each time the trees were equal. */
  readonly inSync: number;
}

const FILES_A_DIRECTORY = 50;

/** Many small files in many directories, and a large one. */
export function makeCampaignTree(root: string, { files, fileBytes, largeBytes }: CampaignSize): void {
  for (let index = 0; index < files; index++) {
    const directory = join(root, `directory ${Math.floor(index / FILES_A_DIRECTORY)}`);
    if (index % FILES_A_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `${index}`), noise(`${index}`, fileBytes + index));
  }
  writeNoise(join(root, 'large'), 'large', largeBytes);
}

/**
 * Kills one of two running daemons again and again while the second fills, and starts it again each time. Moments are
 * spread over the progress of the copy, not over time. Throws when `wait` says "in sync" while the trees differ.
 */
export async function killAgainAndAgain(
  source: TestDaemon,
  copy: TestDaemon,
  size: CampaignSize,
  report: (line: string) => void = () => undefined,
): Promise<CampaignResult> {
  const totalBytes = size.files * (size.fileBytes + size.files / 2) + size.largeBytes;
  let midway = 0;
  let inSync = 0;
  const victims = [copy, source, copy, copy, source] as const;
  for (let kill = 0; kill < size.kills; kill++) {
    const victim = victims[kill % victims.length] ?? copy;
    // Asked all the time while things go wrong: whoever says "in sync" must be right.
    const asking = askUntilKilled(kill % 2 === 0 ? source : copy, () => expectEqualTrees(source, copy));
    await eventually(`kill ${kill + 1} of ${size.kills} has its moment`, async () => {
      const { bytes, download, state } = await copy.folder();
      const done = bytes + (download?.bytesDone ?? 0);
      return state === 'in-sync' || done >= (totalBytes * kill) / size.kills;
    });
    const { state, files, bytes } = await copy.folder();
    await victim.kill();
    report(`kill ${kill + 1}: ${victim.name}, with ${files} files and ${bytes} bytes there, ${state}`);
    const said = await asking.stop();
    inSync += said;
    if (state !== 'in-sync' && said === 0) midway += 1;
    await victim.start();
  }
  await settle(source, copy);
  return { midway, inSync: inSync + 1 };
}

/** Asks `sheaf wait` over and over. `stop` returns how often it said "in sync", or throws what `check` threw then. */
function askUntilKilled(daemon: TestDaemon, check: () => void): { stop(): Promise<number> } {
  let stopped = false;
  const asking = (async () => {
    let said = 0;
    while (!stopped) {
      const { code } = await daemon.run(['wait', '--timeout', '2s']);
      if (code !== 0) continue;
      said += 1;
      check();
    }
    return said;
  })();
  // Met when it is awaited; until then it is nobody's.
  asking.catch(() => undefined);
  return {
    stop() {
      stopped = true;
      return asking;
    },
  };
}

/** What is left in sheaf's own directory of a root, beside its marker and the trash. */
export function strayFiles({ root }: TestDaemon): readonly string[] {
  return ['stage', 'park'].flatMap((place) =>
    readdirSync(join(root, '.sheaf', place)).map((name) => `${place}/${name}`),
  );
}
