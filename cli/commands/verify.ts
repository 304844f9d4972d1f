import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { optionOf } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';
import { counted, formatBytes } from '../terminal/units.ts';

export function define(command: Command): void {
  command
    .argument('[folder]', 'name or id; by default all folders')
    .addOption(optionOf(command, '--heal', 'get good copies of damaged files from other devices'));
}

/** Exits with 1 when damage remains. */
export async function run(context: Context, command: Command): Promise<ExitCode> {
  const { heal = false } = command.opts<{ heal?: boolean }>();
  const folder = command.args[0];
  const result = await context.client.verify({ ...(folder === undefined ? {} : { folder }), heal });
  if (context.json) context.printJson(result);
  else {
    const { files, bytes, skipped, damaged } = result;
    const left = skipped === 0 ? '' : `; ${skipped} changed since the last scan and were left out`;
    context.print(`${counted(files, 'file', 'files')}, ${formatBytes(bytes)}: ${damaged.length} damaged${left}`);
    for (const file of damaged) context.print(escapeText(`  ${file.folder}: ${file.path}: ${file.message}`));
  }
  return result.damaged.every(({ healed }) => healed) ? EXIT.done : EXIT.failed;
}
