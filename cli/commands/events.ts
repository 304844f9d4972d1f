import type { Command } from 'commander';
import type { ApiEvent } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { untilInterrupted } from '../interrupt.ts';
import { escapeText, printableJson } from '../terminal/escape.ts';

export function define(_command: Command): void {
  // No arguments.
}

export async function run(context: Context): Promise<ExitCode> {
  await untilInterrupted(async (interrupted) => {
    for await (const event of await context.client.events(interrupted)) {
      context.print(context.json ? printableJson(event) : lineOf(event));
    }
    if (!interrupted.aborted) context.say('the daemon has stopped');
  });
  return EXIT.done;
}

function lineOf(event: ApiEvent): string {
  const detail = Object.entries(event.detail ?? {}).map(([name, value]) => `${name}=${value}`);
  const where = [event.folder, event.path].filter((part) => part !== undefined).join(': ');
  const parts = [event.time, event.kind.padEnd(17), where, event.device ?? '', ...detail];
  return parts
    .filter((part) => part !== '')
    .map(escapeText)
    .join('  ');
}
