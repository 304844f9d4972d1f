import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { runningDaemon } from '../daemon-process.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { escapeText } from '../terminal/escape.ts';

export function define(_command: Command): void {
  // No arguments.
}

export async function run(context: Context): Promise<ExitCode> {
  const manifest = JSON.parse(await readFile(join(context.launch.packageRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  const node = process.versions.node;
  const daemon = (await runningDaemon(context.client)) ?? null;
  if (context.json) {
    context.printJson({ version: manifest.version, node, daemon });
    return EXIT.done;
  }
  context.print(`sheaf ${manifest.version} (node ${node})`);
  if (daemon !== null)
    context.print(escapeText(`daemon ${daemon.version} (node ${daemon.node}, protocol ${daemon.protocol})`));
  return EXIT.done;
}
