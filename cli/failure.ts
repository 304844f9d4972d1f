import { CodedError } from '../protocol/errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Ends the command with a message to the user and an exit code. */
export class CommandFailure extends CodedError {
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, exitCode: ExitCode = EXIT.failed) {
    super(code, message);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

export function usageFailure(message: string): CommandFailure {
  return new CommandFailure('usage', message, EXIT.usage);
}
