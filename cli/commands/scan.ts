import type { Command } from 'commander';
import type { ScanRequest } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { escapeText } from '../terminal/escape.ts';
import { counted } from '../terminal/units.ts';

export function define(command: Command): void {
  command.argument('[folder[:path]]', 'one folder, or one directory in it; by default all folders');
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const result = await context.client.scan(scanRequestOf(command.args[0]));
  if (context.json) {
    context.printJson(result);
    return EXIT.done;
  }
  const looked = `${counted(result.directories, 'directory', 'directories')}, ${counted(result.entries, 'entry', 'entries')}`;
  context.print(`${looked}, ${result.changed} changed`);
  for (const problem of result.problems) context.say(escapeText(`! ${problem.path}: ${problem.message}`));
  return EXIT.done;
}

/** `FOLDER:PATH`; a folder whose name holds a colon is named by its id. */
function scanRequestOf(selector: string | undefined): ScanRequest {
  if (selector === undefined) return {};
  const colon = selector.indexOf(':');
  if (colon < 0) return { folder: selector };
  const path = selector.slice(colon + 1).replace(/^\/+|\/+$/g, '');
  return path === '' ? { folder: selector.slice(0, colon) } : { folder: selector.slice(0, colon), path };
}
