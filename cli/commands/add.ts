import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConflictPolicy, SyncMode } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { conflictsOption, folderModeOption, optionOf, requiredArgument } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';

interface AddOptions {
  readonly name?: string;
  readonly mode?: SyncMode;
  readonly conflicts?: ConflictPolicy;
}

export function define(command: Command): void {
  command
    .argument('<path>', 'an existing directory')
    .addOption(optionOf(command, '--name <name>', "the folder's name; by default the directory's"))
    .addOption(folderModeOption(command))
    .addOption(conflictsOption(command));
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const folder = await context.client.add({
    path: resolve(requiredArgument(command, 0)),
    ...command.opts<AddOptions>(),
  });
  if (context.json) context.printJson(folder);
  else context.print(escapeText(`added ${folder.name}: ${folder.path}`));
  context.say(escapeText(`To share it with another device: sheaf invite ${folder.name}`));
  return EXIT.done;
}
