import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { requiredArgument } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';

export function define(command: Command): void {
  command.argument('<id>', 'as "sheaf pending" shows it');
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const held = await context.client.approve({ id: requiredArgument(command, 0) });
  if (context.json) context.printJson(held);
  else context.print(escapeText(`approved ${held.id}: ${held.folder}: ${held.message}`));
  context.say('It goes on: what is deleted or replaced is kept in the trash of each disk.');
  return EXIT.done;
}
