import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { escapeText } from '../terminal/escape.ts';
import { table } from '../terminal/layout.ts';

export function define(_command: Command): void {
  // No arguments.
}

export async function run(context: Context): Promise<ExitCode> {
  const folders = await context.client.folders();
  if (context.json) {
    context.printJson({ folders });
    return EXIT.done;
  }
  if (folders.length === 0) {
    context.say('No folders yet: "sheaf add PATH" shares a directory, "sheaf join TICKET" joins one.');
    return EXIT.done;
  }
  const rows = folders.map((folder) =>
    [folder.name, folder.role, folder.mode, String(folder.members), folder.path].map(escapeText),
  );
  for (const line of table(['NAME', 'ROLE', 'MODE', 'MEMBERS', 'PATH'], rows)) context.print(line);
  return EXIT.done;
}
