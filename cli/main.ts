import { Command, CommanderError, Option } from 'commander';
import { CodedError } from '../protocol/errors.ts';
import { LOCAL_API_SCHEMA } from '../protocol/local-api.ts';
import { CATALOGUE, type CommandModule, loadWelcome } from './catalogue.ts';
import { createApiClient } from './client/api-client.ts';
import type { Context, Launch } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { CommandFailure, usageFailure } from './failure.ts';
import { chooseHome } from './home.ts';
import { dropUnsetVariables } from './options.ts';
import { escapeText, printableJson } from './terminal/escape.ts';

/** Runs one command line (without the program's name) and returns the exit code. Never throws. */
export async function main(argv: readonly string[], launch: Launch): Promise<number> {
  // `sheaf events | head -1`: the reader has what it wants.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
  );
  try {
    return await runCommand(argv[0] === '--version' || argv[0] === '-V' ? ['version', ...argv.slice(1)] : argv, launch);
  } catch (error) {
    return report(error, argv.includes('--json'));
  }
}

async function runCommand(argv: readonly string[], launch: Launch): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = createProgram();
  const finish = async (module: CommandModule, command: Command): Promise<void> => {
    exitCode = await module.run(createContext(program, launch), command);
  };
  const asked = commandName(argv);
  for (const entry of CATALOGUE) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    if (entry.name !== asked) continue;
    const module = await entry.load();
    module.define(command);
    dropUnsetVariables(command, process.env);
    command.action(() => finish(module, command));
  }
  if (asked === undefined) {
    const welcome = await loadWelcome();
    program.action(() => finish(welcome, program));
  }
  dropUnsetVariables(program, process.env);
  await parse(program, argv, asked);
  return exitCode;
}

function createProgram(): Command {
  return new Command('sheaf')
    .description('Peer-to-peer, end-to-end encrypted folder sync.')
    .addOption(new Option('--home <dir>', 'state directory').env('SHEAF_HOME'))
    .addOption(new Option('--json', 'answer with JSON').env('SHEAF_JSON'))
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', '\nWithout a command it says what to do next. "sheaf help COMMAND" explains a command.');
}

/** Commander prints and exits by itself; here usage errors become failures like all others. */
async function parse(program: Command, argv: readonly string[], asked: string | undefined): Promise<void> {
  let complaint = '';
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      outputError: (text) => {
        complaint += text;
      },
    });
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return;
    const known = CATALOGUE.some((entry) => entry.name === asked);
    const help = known ? `sheaf help ${asked}` : 'sheaf help';
    throw usageFailure(`${complaint.replace(/^error: /, '').trim()}\nSee "${help}".`);
  }
}

/** The first word that is neither an option nor the value of one that may stand before the command. */
function commandName(argv: readonly string[]): string | undefined {
  const words: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--home') index += 1;
    else if (!word.startsWith('-')) words.push(word);
    else if (word === '-h' || word === '--help') words.push('help');
  }
  const [first, second] = words;
  return first === 'help' ? (second ?? 'help') : first;
}

function createContext(program: Command, launch: Launch): Context {
  const { home: given, json = false } = program.opts<{ home?: string; json?: boolean }>();
  const home = chooseHome(given);
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  return {
    launch,
    home,
    json,
    client: createApiClient(home),
    print,
    printJson: (value) => print(printableJson({ schema: LOCAL_API_SCHEMA, ...value })),
    say: (line) => {
      if (!json) process.stderr.write(`${line}\n`);
    },
  };
}

function report(error: unknown, json: boolean): ExitCode {
  const known = error instanceof CodedError;
  const code = known ? error.code : 'unexpected';
  const message = error instanceof Error ? error.message : String(error);
  if (json) process.stderr.write(`${printableJson({ schema: LOCAL_API_SCHEMA, error: { code, message } })}\n`);
  else process.stderr.write(`sheaf: ${message.split('\n').map(escapeText).join('\n')}\n`);
  return error instanceof CommandFailure ? error.exitCode : EXIT.failed;
}
