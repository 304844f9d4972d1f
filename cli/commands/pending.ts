import type { Command } from 'commander';
import type { PendingBatch } from '../../protocol/local-api-decisions.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { decisions } from '../terminal/decisions.ts';
import { escapeText } from '../terminal/escape.ts';
import { counted } from '../terminal/units.ts';

export function define(command: Command): void {
  command.argument('[folder]', 'name or id; by default all folders');
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const pending = await context.client.pending(command.args[0]);
  if (context.json) {
    context.printJson({ pending });
    return EXIT.done;
  }
  if (pending.length === 0) context.say('Nothing waits for you.');
  for (const batch of pending) for (const line of linesOf(batch)) context.print(escapeText(line));
  return EXIT.done;
}

function linesOf(batch: PendingBatch): readonly string[] {
  const { id, folder, direction, message, paths } = batch;
  const where =
    direction === 'sending'
      ? 'The other devices have them as they were: reject brings that back here.'
      : 'They are still here: reject brings them back on the other devices.';
  const more = paths.length < batch.changes ? [`    … ${counted(batch.changes, 'entry', 'entries')} in all`] : [];
  return [
    `${id}  ${folder}: ${message}`,
    ...paths.map((path) => `    ${path}`),
    ...more,
    `  ${where}`,
    `  ${decisions(id)}`,
  ];
}
