/** What a pool and its workers say to each other. One job at a time is with a worker, so answers need no number. */
export interface JobMessage {
  readonly job: unknown;
}

export type AnswerMessage =
  | { readonly kind: 'result'; readonly result: unknown }
  /** `code` is '' when the error had none. */
  | { readonly kind: 'error'; readonly message: string; readonly code: string };
