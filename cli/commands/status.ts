import type { Command } from 'commander';
import type { Status } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { untilInterrupted } from '../interrupt.ts';
import { optionOf } from '../options.ts';
import { followStatus, type WatchedStatus } from '../status/follow.ts';
import { terminalPaint } from '../status/paint.ts';
import { renderStatus } from '../status/view.ts';

interface StatusOptions {
  readonly watch?: boolean;
  readonly exitCode?: boolean;
}

export function define(command: Command): void {
  command
    .argument('[folder]', 'name or id; by default all folders')
    .addOption(optionOf(command, '--watch', 'keep showing it, with progress, until Ctrl-C'))
    .addOption(
      optionOf(
        command,
        '--exit-code',
        'exit with 3 when a folder is not in sync, 4 when one is halted or holds a batch',
      ),
    );
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const { watch, exitCode } = command.opts<StatusOptions>();
  const folder = command.args[0];
  if (watch === true) {
    const watched: WatchedStatus = {
      read: (stopped) => context.client.status(folder, stopped),
      json: context.json,
      printJson: context.printJson,
    };
    await untilInterrupted((interrupted) => followStatus(watched, process.stdout, interrupted));
    return EXIT.done;
  }
  const status = await context.client.status(folder);
  if (context.json) context.printJson(status);
  else {
    const columns = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
    for (const line of renderStatus(status, { columns, paint: terminalPaint(process.stdout), problemLimit: 10 }))
      context.print(line);
  }
  return exitCode === true ? exitCodeOf(status) : EXIT.done;
}

function exitCodeOf(status: Status): ExitCode {
  const waits = status.folders.some((folder) => folder.state === 'halted' || folder.held.length > 0);
  if (waits) return EXIT.needsApproval;
  return status.folders.every((folder) => folder.state === 'in-sync') ? EXIT.done : EXIT.notInSync;
}
