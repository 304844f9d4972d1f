import { Argument, type Command } from 'commander';
import type { ConflictInfo, ConflictVersion, KeepVersion, ResolveResult } from '../../protocol/local-api-decisions.ts';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { optionOf } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes } from '../terminal/units.ts';

interface ConflictsOptions {
  readonly folder?: string;
  readonly ours?: boolean;
  readonly theirs?: boolean;
  readonly both?: boolean;
  readonly newest?: boolean;
  readonly dryRun?: boolean;
}

const CHOICES: readonly KeepVersion[] = ['ours', 'theirs', 'both', 'newest'];

export function define(command: Command): void {
  command
    .addArgument(new Argument('[action]', 'what to do').choices(['list', 'show', 'resolve']).default('list'))
    .argument('[pattern]', 'paths from the root of the folder; * and ? for parts of a name, ** for directories')
    .addOption(optionOf(command, '--folder <folder>', 'name or id; by default all folders'))
    .addOption(optionOf(command, '--ours', 'keep the version of this device'))
    .addOption(optionOf(command, '--theirs', 'keep the other version'))
    .addOption(optionOf(command, '--both', 'keep both, the copy under a name of its own'))
    .addOption(optionOf(command, '--newest', 'keep the version that was changed last'))
    .addOption(optionOf(command, '-n, --dry-run', 'only say what would be done'))
    .addHelpText('after', '\nWhat is not kept goes to the trash of each device.');
}

export async function run(context: Context, command: Command): Promise<ExitCode> {
  const { folder, dryRun = false, ...flags } = command.opts<ConflictsOptions>();
  const { args } = command;
  const [action = 'list', pattern] = args;
  const where = folder === undefined ? {} : { folder };
  if (action === 'resolve') {
    if (pattern === undefined) throw usageFailure('say which conflicts: "sheaf conflicts resolve --newest \'**\'"');
    const keep = CHOICES.filter((choice) => flags[choice] === true);
    const [only] = keep;
    if (only === undefined || keep.length > 1)
      throw usageFailure('choose one of --ours, --theirs, --both and --newest');
    return report(context, await context.client.resolve({ ...where, pattern, keep: only, dryRun }), dryRun);
  }
  const conflicts = await context.client.conflicts({ ...where, ...(pattern === undefined ? {} : { pattern }) });
  if (context.json) context.printJson({ conflicts });
  else {
    if (conflicts.length === 0) context.say('No conflicts.');
    for (const conflict of conflicts) {
      context.print(escapeText(`${conflict.folder}: ${conflict.path}`));
      for (const line of action === 'show' ? detailsOf(conflict) : []) context.print(escapeText(line));
    }
  }
  return EXIT.done;
}

function detailsOf({ path, copy, atPath, inCopy }: ConflictInfo): readonly string[] {
  const standing = atPath === null ? `  ${path}: nothing any more` : `  ${path}: ${describe(atPath)}`;
  return [standing, `  ${copy}: ${describe(inCopy)}`];
}

function describe({ kind, bytes, modified, device, ours }: ConflictVersion): string {
  const what = kind === 'file' ? formatBytes(bytes) : kind;
  return `${what}, changed ${new Date(modified).toLocaleString()} on ${device}${ours ? ' (this device)' : ''}`;
}

function report(context: Context, result: ResolveResult, dryRun: boolean): ExitCode {
  const { resolved, problems } = result;
  if (context.json) context.printJson(result);
  else {
    if (resolved.length === 0 && problems.length === 0) context.say('No conflict matches.');
    const verb = dryRun ? 'would keep' : 'kept';
    for (const { folder, path, copy, kept } of resolved) {
      const what = kept === 'both' ? 'both versions' : `the version in ${kept === 'path' ? path : copy}`;
      context.print(escapeText(`${folder}: ${path}: ${verb} ${what}`));
    }
    for (const { path, message } of problems) context.say(escapeText(`! ${path}: ${message}`));
  }
  return problems.length === 0 ? EXIT.done : EXIT.failed;
}
