import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { runningDaemon, waitUntilGone } from '../daemon-process.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export function define(_command: Command): void {
  // No arguments.
}

/** Stopping what does not run is done already. */
export async function run(context: Context): Promise<ExitCode> {
  const running = (await runningDaemon(context.client)) !== undefined;
  if (running) await waitUntilGone(await context.client.stop());
  if (context.json) context.printJson({ stopped: running });
  else context.say(running ? 'the daemon has stopped' : `no daemon runs for ${context.home}`);
  return EXIT.done;
}
