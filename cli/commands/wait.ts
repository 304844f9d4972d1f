import type { Command } from 'commander';
import type { WaitResult } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { countArgument, durationArgument, optionOf } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';

interface WaitOptions {
  readonly peer?: string;
  readonly copies?: number;
  /** Milliseconds. */
  readonly timeout: number;
}

export function define(command: Command): void {
  const timeout = optionOf(command, '--timeout <duration>', 'give up after this; 0 only asks').argParser(
    durationArgument,
  );
  command
    .argument('[folder]', 'name or id; by default all folders')
    .addOption(optionOf(command, '--peer <device>', 'only with this device'))
    .addOption(optionOf(command, '--copies <count>', 'with at least so many other devices').argParser(countArgument))
    .addOption(timeout.default(60_000, '60s'));
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const { peer, copies, timeout } = command.opts<WaitOptions>();
  const folder = command.args[0];
  const result = await context.client.wait({
    timeoutMs: timeout,
    ...(folder === undefined ? {} : { folder }),
    ...(peer === undefined ? {} : { peer }),
    ...(copies === undefined ? {} : { copies }),
  });
  if (context.json) context.printJson(result);
  else tell(context, result);
  if (result.inSync) return EXIT.done;
  return timeout === 0 ? EXIT.notInSync : EXIT.timedOut;
}

function tell(context: Context, result: WaitResult): void {
  if (result.inSync) {
    context.print('in sync');
    return;
  }
  context.print('not in sync');
  for (const line of result.missing) context.say(`  ${escapeText(line)}`);
}
