import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { ConflictPolicy, SyncMode } from '../../protocol/local-api.ts';
import { decodeTicket } from '../../protocol/ticket.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { conflictsOption, folderModeOption, optionOf, requiredArgument } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';

interface JoinOptions {
  readonly name?: string;
  readonly mode?: SyncMode;
  readonly conflicts?: ConflictPolicy;
  readonly yes?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<ticket>', 'what "sheaf invite" printed; - reads it from stdin, where no list of processes shows it')
    .argument('[path]', "where the folder goes; by default a directory of the folder's name here")
    .addOption(optionOf(command, '--name <name>', 'what the folder is called on this device'))
    .addOption(folderModeOption(command))
    .addOption(conflictsOption(command))
    .addOption(optionOf(command, '--yes', 'merge with what is already in the directory, without asking'));
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const { yes = false, ...request } = command.opts<JoinOptions>();
  const given = requiredArgument(command, 0);
  const ticket = (given === '-' ? await text(process.stdin) : given).trim();
  // Also finds a mistyped ticket before anything is asked or dialled.
  const folderName = decodeTicket(ticket).folderName;
  const path = resolve(command.args[1] ?? directoryName(folderName));
  if (!yes) await confirmMerge(path, folderName, given === '-');
  const folder = await context.client.join({ ticket, path, ...request });
  if (context.json) context.printJson(folder);
  else context.print(escapeText(`joined ${folder.name}: ${folder.path}`));
  context.say('"sheaf status --watch" shows how it fills.');
  return EXIT.done;
}

/** The name comes from the inviter: only one that is a plain name in this directory is used without being asked for. */
function directoryName(folderName: string): string {
  if (/^\.|^$|[/\\:]/.test(folderName) || escapeText(folderName) !== folderName) {
    throw usageFailure(
      `the folder's name (${folderName}) can't be a directory's; say where it goes: sheaf join TICKET PATH`,
    );
  }
  return folderName;
}

/**
 * Files that are there already go to all members, so the user has to agree.
 * @throws CommandFailure 'approval-needed' without a terminal to ask on, or when the answer is no
 */
async function confirmMerge(path: string, folderName: string, stdinIsTicket: boolean): Promise<void> {
  const present = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new CommandFailure('bad-path', `${path} can't be used: ${error.message}`);
  });
  if (present.length === 0) return;
  const refused = new CommandFailure(
    'approval-needed',
    `${path} is not empty; --yes merges what is there with ${folderName}`,
    EXIT.needsApproval,
  );
  if (stdinIsTicket || !process.stdin.isTTY || !process.stderr.isTTY) throw refused;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = escapeText(`${path} is not empty. Merge what is there with ${folderName}, for all its members?`);
    // Ctrl-C leaves the question open, on its own line.
    const answer = await terminal.question(`${question} [y/N] `).catch(() => process.stderr.write('\n'));
    if (!/^y(es)?$/i.test(String(answer).trim())) throw refused;
  } finally {
    terminal.close();
  }
}
