// The command line as the launcher would run it, but with the fake daemon behind `sheaf start`.
import { join } from 'node:path';
import { useStrippedSources } from '../../../cli/stripped-sources.js';

const packageRoot = join(import.meta.dirname, '../../..');
useStrippedSources(packageRoot);
const { main } = await import('../../../cli/main.ts');
process.exitCode = await main(process.argv.slice(2), {
  packageRoot,
  runtime: process.execPath,
  daemonEntry: join(import.meta.dirname, 'fake-daemon.ts'),
});
