import type { Command } from 'commander';
import type { DeviceInfo } from '../../protocol/local-api.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { escapeText } from '../terminal/escape.ts';

export function define(_command: Command): void {
  // No arguments.
}

export async function run(context: Context): Promise<ExitCode> {
  const device = await context.client.device();
  if (context.json) context.printJson(device);
  else printDevice(context, device);
  return EXIT.done;
}

export function printDevice(context: Context, device: DeviceInfo): void {
  context.print(`name     ${escapeText(device.name)}`);
  context.print(`id       ${escapeText(device.id)}`);
  for (const [index, address] of device.addresses.entries()) {
    context.print(`${index === 0 ? 'address  ' : '         '}${escapeText(address)}`);
  }
}
