import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { requiredArgument } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';

export function define(command: Command): void {
  command.argument('<path>', 'a file or directory of a folder; it need not be there');
}

/** Exits with 3 when the path is not in sync. */
export async function run(context: Context, command: Command): Promise<ExitCode> {
  const result = await context.client.why({ path: await withoutLinks(resolve(requiredArgument(command, 0))) });
  if (context.json) context.printJson(result);
  else {
    const { folder, path, inSync, reasons } = result;
    context.print(escapeText(`${folder}: ${path || 'the folder'}: ${inSync ? 'in sync' : 'not in sync'}`));
    for (const { code, message } of reasons) context.print(escapeText(`  ${message} (${code})`));
  }
  return result.inSync ? EXIT.done : EXIT.notInSync;
}

/** The daemon knows folders by their real paths. The last name may be a link itself, or gone, with what it was in. */
async function withoutLinks(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  const real = await realpath(parent).catch(() => withoutLinks(parent));
  return join(real, basename(path));
}
