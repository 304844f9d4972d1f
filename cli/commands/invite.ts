import type { Command } from 'commander';
import type { Role } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { durationArgument, optionOf, requiredArgument } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';

interface InviteOptions {
  readonly role?: Role;
  /** Milliseconds. */
  readonly expires?: number;
  readonly ticket?: boolean;
}

export function define(command: Command): void {
  command
    .argument('<folder>', 'name or id of a folder')
    .addOption(
      optionOf(command, '--role <role>', 'what the other device may do').choices([
        'vault',
        'reader',
        'writer',
        'admin',
      ]),
    )
    .addOption(
      optionOf(command, '--expires <duration>', 'how long the ticket works; by default 10m').argParser(
        durationArgument,
      ),
    )
    .addOption(optionOf(command, '--ticket', 'print the ticket and nothing else'));
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const { role, expires, ticket } = command.opts<InviteOptions>();
  const invite = await context.client.invite({
    folder: requiredArgument(command, 0),
    ...(role === undefined ? {} : { role }),
    ...(expires === undefined ? {} : { expiresMs: expires }),
  });
  if (context.json) {
    context.printJson(invite);
    return EXIT.done;
  }
  context.print(escapeText(invite.ticket));
  if (ticket === true) return EXIT.done;
  const until = new Date(invite.expires).toLocaleString();
  context.say(
    escapeText(
      `It lets one device into ${invite.folder} as ${invite.role}, once, until ${until}. Send it privately. On that device:`,
    ),
  );
  context.say('  sheaf join TICKET [PATH]');
  return EXIT.done;
}
