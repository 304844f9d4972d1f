/**
 * A failure that a person or program can act on. `code` is stable, lower-case with dashes, and listed in docs/cli.md;
 * the message names the thing, the cause and the way out.
 */
export class CodedError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
  }
}

/** The bytes are not what their format says: never trust the rest of them. */
export class FormatError extends CodedError {
  constructor(message: string) {
    super('bad-format', message);
    this.name = 'FormatError';
  }
}
