/** The command line as the launcher would run it, but with the fake daemon behind `sheaf start`. */
import { join } from 'node:path';
import { main } from '../../../cli/main.ts';

process.exitCode = await main(process.argv.slice(2), {
  packageRoot: join(import.meta.dirname, '../../..'),
  runtime: process.execPath,
  daemonEntry: join(import.meta.dirname, 'fake-daemon.ts'),
});
