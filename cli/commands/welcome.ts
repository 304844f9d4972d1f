import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { runningDaemon } from '../daemon-process.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { escapeText } from '../terminal/escape.ts';

export function define(_command: Command): void {
  // No arguments.
}

/** `sheaf` alone: the next step from where the user is. */
export async function run(context: Context): Promise<ExitCode> {
  const steps = await nextSteps(context);
  if (context.json) context.printJson({ next: steps });
  else for (const step of steps) context.print(escapeText(step));
  context.say('"sheaf help" lists all commands.');
  return EXIT.done;
}

async function nextSteps(context: Context): Promise<readonly string[]> {
  if ((await runningDaemon(context.client)) === undefined) {
    return [`No daemon runs for ${context.home}.`, '  sheaf start          starts it'];
  }
  const [folders, devices] = await Promise.all([context.client.folders(), context.client.devices()]);
  const [first] = folders;
  if (first === undefined) {
    return [
      'The daemon runs and has no folders yet.',
      '  sheaf add PATH       shares a directory of this device',
      '  sheaf join TICKET    joins a folder of another device',
    ];
  }
  if (devices.length === 0) {
    return [
      'The daemon runs, but nobody else has your folders yet.',
      `  sheaf invite ${first.name}    makes a ticket for another device`,
    ];
  }
  return [
    `The daemon runs: ${folders.map((folder) => folder.name).join(', ')}.`,
    '  sheaf status         what is where, what moves, what is wrong',
    '  sheaf status --watch the same, live',
  ];
}
