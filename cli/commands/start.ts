import { homedir } from 'node:os';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { runInForeground, runningDaemon, startInBackground } from '../daemon-process.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { optionOf } from '../options.ts';
import { printDevice } from './id.ts';

interface StartOptions {
  readonly foreground?: boolean;
  readonly listen?: readonly string[];
  readonly name?: string;
  readonly discovery: boolean;
}

export function define(command: Command): void {
  // Several addresses in one value, as the variable can be set only once.
  const collect = (text: string, before: readonly string[] = []): readonly string[] => [
    ...before,
    ...text.split(/[\s,]+/).filter(Boolean),
  ];
  command
    .addOption(optionOf(command, '--foreground', 'stay attached, log to stderr'))
    .addOption(
      optionOf(command, '--listen <addr...>', 'multiaddrs to listen on, such as /ip4/0.0.0.0/tcp/4001').argParser(
        collect,
      ),
    )
    .addOption(optionOf(command, '--name <name>', 'what this device is called; by default the host name'))
    .addOption(optionOf(command, '--no-discovery', 'neither announce nor look for devices on the local network'));
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const options = command.opts<StartOptions>();
  if (context.home === homedir()) throw usageFailure('--home must be a directory of its own, not your home directory');
  const daemonArguments = daemonArgumentsOf(context.home, options);
  if ((await runningDaemon(context.client)) !== undefined) {
    const ignored = daemonArguments.length > 2 ? '; to use these options, "sheaf stop" first' : '';
    context.say(`the daemon already runs${ignored}`);
    return printStarted(context, false, await context.client.processId());
  }
  if (options.foreground === true) {
    return (await runInForeground(context, daemonArguments)) === 0 ? EXIT.done : EXIT.failed;
  }
  return printStarted(context, true, await startInBackground(context, daemonArguments));
}

function daemonArgumentsOf(home: string, options: StartOptions): readonly string[] {
  return [
    '--home',
    home,
    ...(options.listen ?? []).flatMap((address) => ['--listen', address]),
    ...(options.name === undefined ? [] : ['--name', options.name]),
    ...(options.discovery ? [] : ['--no-discovery']),
  ];
}

async function printStarted(context: Context, started: boolean, pid: number): Promise<ExitCode> {
  const device = await context.client.device();
  if (context.json) context.printJson({ started, pid, ...device });
  else printDevice(context, device);
  return EXIT.done;
}
