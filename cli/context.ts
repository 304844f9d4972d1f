import type { ApiClient } from './client/api-client.ts';

/** Where this installation's parts are; the launcher finds out. */
export interface Launch {
  readonly packageRoot: string;
  /** The Node to run the daemon on. */
  readonly runtime: string;
  readonly daemonEntry: string;
}

/** What every command is given. */
export interface Context {
  readonly launch: Launch;
  /** The state directory, absolute. */
  readonly home: string;
  readonly json: boolean;
  readonly client: ApiClient;
  /** One line of data on stdout. */
  print(line: string): void;
  /** One JSON document on one line of stdout, `schema` first. */
  printJson(value: object): void;
  /** One line to the user on stderr; nothing under --json. */
  say(line: string): void;
}
