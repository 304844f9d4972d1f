import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from './terminal/units.ts';

const FALSE_VALUES: ReadonlySet<string> = new Set(['', '0', 'false', 'no', 'off']);

/** An option of one command, also read from `SHEAF_<COMMAND>_<OPTION>`. */
export function optionOf(command: Command, flags: string, description: string): Option {
  const option = new Option(flags, description);
  const name = `${command.name()}_${option.name()}`.toUpperCase().replaceAll('-', '_');
  return option.env(`SHEAF_${name}`);
}

export function folderModeOption(command: Command): Option {
  return optionOf(command, '--mode <mode>', 'which way changes go').choices(['two-way', 'send-only', 'receive-only']);
}

export function conflictsOption(command: Command): Option {
  const description = 'what becomes of concurrent versions of one file';
  return optionOf(command, '--conflicts <policy>', description).choices(['copy', 'newest', 'review']);
}

/** For `argParser`: milliseconds. */
export function durationArgument(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined) throw new InvalidArgumentError('Give a duration like 90s, 10m, 2h or 1d.');
  return durationMs;
}

/** For `argParser`. */
export function countArgument(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 999999.');
  return Number(text);
}

/**
 * Takes variables out of `environment` that say nothing: empty ones, and flags that are set to no. The argument parser
 * itself only looks whether a flag's variable exists.
 */
export function dropUnsetVariables(command: Command, environment: NodeJS.ProcessEnv): void {
  for (const option of command.options) {
    const value = option.envVar === undefined ? undefined : environment[option.envVar];
    if (option.envVar === undefined || value === undefined) continue;
    const takesValue = option.required || option.optional;
    if (value === '' || (!takesValue && FALSE_VALUES.has(value.toLowerCase()))) delete environment[option.envVar];
  }
}

/** A positional argument that the parser has made sure of. */
export function requiredArgument(command: Command, index: number): string {
  const value = command.args[index];
  if (value === undefined) throw new Error(`argument ${index} of ${command.name()} was not checked`);
  return value;
}
