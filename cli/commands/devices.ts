import type { Command } from 'commander';
import type { PeerInfo } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { escapeText } from '../terminal/escape.ts';
import { table } from '../terminal/layout.ts';

export function define(_command: Command): void {
  // No arguments.
}

export async function run(context: Context): Promise<ExitCode> {
  const devices = await context.client.devices();
  if (context.json) {
    context.printJson({ devices });
    return EXIT.done;
  }
  if (devices.length === 0) {
    context.say('No other devices yet: "sheaf invite FOLDER" lets one in.');
    return EXIT.done;
  }
  const rows = devices.map((device) =>
    [device.name, connection(device), device.folders.join(', '), device.id].map(escapeText),
  );
  for (const line of table(['NAME', 'CONNECTION', 'FOLDERS', 'ID'], rows)) context.print(line);
  return EXIT.done;
}

function connection(device: PeerInfo): string {
  if (device.connected) return device.address ?? 'connected';
  return device.lastSeen === null ? 'never seen' : `away since ${new Date(device.lastSeen).toLocaleString()}`;
}
