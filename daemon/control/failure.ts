import { CodedError } from '../../protocol/errors.ts';
import type { ApiError } from '../../protocol/local-api.ts';

/** A refusal by the transport itself, with its own HTTP status. */
export class RequestRefused extends CodedError {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.name = 'RequestRefused';
    this.status = status;
  }
}

export interface Failure {
  readonly status: number;
  readonly body: ApiError;
  /** True for what is a bug or a broken machine rather than an answer: it belongs in the log, with its stack. */
  readonly unexpected: boolean;
}

/** 422: understood and refused, the code says why. A daemon's own faults are 500. */
export function failureOf(error: unknown): Failure {
  if (error instanceof RequestRefused) return failure(error.status, error);
  if (error instanceof CodedError) return failure(422, error);
  const cause = error instanceof Error ? error.message : String(error);
  const message = `the daemon failed inside: ${cause}; its log (daemon.log in the state directory) has more`;
  return { status: 500, body: { code: 'internal', message }, unexpected: true };
}

function failure(status: number, error: CodedError): Failure {
  return { status, body: { code: error.code, message: error.message }, unexpected: false };
}
