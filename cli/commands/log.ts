import { type Command, InvalidArgumentError } from 'commander';
import type { LogItem } from '../../protocol/local-api-log.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { countArgument, optionOf } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';
import { table } from '../terminal/layout.ts';
import { formatBytes, parseDurationMs } from '../terminal/units.ts';

interface LogOptions {
  readonly path?: string;
  readonly by?: string;
  readonly since?: string;
  readonly limit: number;
}

export function define(command: Command): void {
  command
    .argument('[folder]', 'name or id; by default all folders')
    .addOption(
      optionOf(command, '--path <pattern>', 'only what is or was there, and below it; from the root, with *, ? and **'),
    )
    .addOption(optionOf(command, '--by <device>', 'only what this device did'))
    .addOption(
      optionOf(command, '--since <time>', 'from then on: 2h, 3d, 2026-11-22 or 2026-11-22T14:30').argParser(
        sinceArgument,
      ),
    )
    .addOption(
      optionOf(command, '-n, --limit <count>', 'how many lines, the newest').argParser(countArgument).default(50),
    )
    .addHelpText('after', '\nTimes are those of the clock of the device that made the change.');
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const [folder] = command.args;
  const options = command.opts<LogOptions>();
  const items = await context.client.log({ ...(folder === undefined ? {} : { folder }), ...options });
  if (context.json) {
    context.printJson({ items });
    return EXIT.done;
  }
  if (items.length === 0) {
    context.say('Nothing that matches.');
    return EXIT.done;
  }
  const several = new Set(items.map((item) => item.folder)).size > 1;
  const rows = items.map((item) => {
    const where = several ? [item.folder] : [];
    return [new Date(item.time).toLocaleString(), item.device, ...where, inWords(item)].map(escapeText);
  });
  const heading = ['WHEN', 'DEVICE', ...(several ? ['FOLDER'] : []), 'WHAT'];
  for (const line of table(heading, rows)) context.print(line);
  return EXIT.done;
}

function inWords({ action, kind, path, from, bytes, author }: LogItem): string {
  const what = kind === null || kind === 'file' ? path : `the ${kind} ${path}`;
  const size = bytes === null ? '' : ` (${formatBytes(bytes)})`;
  switch (action) {
    case 'created':
      return `created ${what}${size}`;
    case 'edited':
      return kind === 'directory' ? `made ${path} a directory` : `edited ${what}${size}`;
    case 'touched':
      return `changed the time or mode of ${what}`;
    case 'renamed':
    case 'moved':
      return from === null
        ? `moved ${what} there`
        : `${action} ${kind === 'directory' ? 'the directory ' : ''}${from} to ${path}`;
    case 'deleted':
      return `deleted ${what}`;
    case 'restored':
      return `put ${what} back${size}`;
    case 'conflict-copy':
      return author === null
        ? `kept ${from ?? what} under the name ${path}`
        : `kept what ${author} wrote beside it as ${path}`;
    case 'settled':
      return author === null ? `settled where ${what} is` : `settled on what ${author} wrote in ${what}`;
  }
}

/** A duration before now, or a time of this machine's clock. */
function sinceArgument(text: string): string {
  const durationMs = parseDurationMs(text);
  // A date alone would be read as the start of that day in UTC.
  const time =
    durationMs === undefined
      ? new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
      : new Date(Date.now() - durationMs);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Give a duration like 2h or 3d, or a time like 2026-11-22T14:30.');
  return time.toISOString();
}
