// node test/long/one-change.ts [SMALL LARGE]
// Shows what single changes cost in a small and in a large folder, in operations. Exit status 1 when one costs more than
// twice as much in the large one. Takes some minutes and a few GB with the default of 1,000 and 100,000 files.
import { costOfChanges } from '../support/one-change.ts';

const [small = 1000, large = 100_000] = process.argv.slice(2).map(Number);
const [before, after] = [await costOfChanges(small), await costOfChanges(large)];
for (const [name, cost] of Object.entries(before)) {
  const times = (after[name] ?? Number.NaN) / cost;
  console.log(`${name}: ${cost} in ${small} files, ${after[name]} in ${large}: ${times.toFixed(2)} times`);
  if (!(times <= 2)) process.exitCode = 1;
}
