import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { optionOf, requiredArgument } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';

export function define(command: Command): void {
  command
    .argument('<folder>', 'name or id of a folder')
    .addOption(optionOf(command, '--keep-state', "also leave sheaf's hidden directory in it"))
    .addHelpText('after', '\nYour files stay where they are; they only stop being shared here.');
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const { keepState = false } = command.opts<{ keepState?: boolean }>();
  const folder = await context.client.remove({ folder: requiredArgument(command, 0), keepState });
  if (context.json) context.printJson(folder);
  else context.print(escapeText(`removed ${folder.name}`));
  context.say(escapeText(`The files stay in ${folder.path}; other devices keep theirs.`));
  return EXIT.done;
}
