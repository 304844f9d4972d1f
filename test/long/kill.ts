// The long form of the kill test of test/e2e/restart.test.ts: 20,000 files and one of 1 GiB are copied from one device to
// another while one of the two is killed with kill -9 again and again. Needs 3 GiB below TMPDIR and some minutes.
// Arguments, all optional: kills, files, MiB of the large file.
import { compareTrees } from '../support/compare-trees.ts';
import { createWorld, share } from '../support/daemons.ts';
import { killAgainAndAgain, makeCampaignTree, strayFiles } from '../support/kill-campaign.ts';

const MIB = 1024 * 1024;

function numberArgument(index: number, otherwise: number): number {
  const text = process.argv[index];
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is not a count`);
  return value;
}

async function main(): Promise<void> {
  const size = {
    kills: numberArgument(2, 10),
    files: numberArgument(3, 20_000),
    fileBytes: 500,
    largeBytes: numberArgument(4, 1024) * MIB,
  };
  const world = createWorld('long-kill');
  const stop = (): void => process.exit(130);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const source = world.daemon('source');
    const copy = world.daemon('copy');
    console.log(`making ${size.files} files and one of ${size.largeBytes / MIB} MiB`);
    makeCampaignTree(source.root, size);
    await share(source, copy);
    const { midway, inSync } = await killAgainAndAgain(source, copy, size, (line) => console.log(line));
    const { files, bytes } = compareTrees(source.root, copy.root);
    const stray = [source, copy].flatMap(strayFiles);
    if (stray.length > 0) throw new Error(`left behind: ${stray.join(', ')}`);
    if (midway === 0 && size.kills > 0) throw new Error('every kill came too late: nothing was tried');
    console.log(`equal: ${files} files, ${bytes} bytes; ${midway} of ${size.kills} kills hit a copy under way`);
    console.log(`wait said "in sync" ${inSync} time(s), each time over equal trees`);
  } finally {
    await world.close();
  }
}

await main();
