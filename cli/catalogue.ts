import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** What every file in `commands/` exports. */
export interface CommandModule {
  /** Adds arguments and options. */
  define(command: Command): void;
  /** `command` has been parsed. */
  run(context: Context, command: Command): Promise<ExitCode>;
}

export interface CatalogueEntry {
  readonly name: string;
  readonly summary: string;
  /** Only the command that was asked for is loaded: the others' modules would slow it down. */
  load(): Promise<CommandModule>;
}

/** In the order of the help text. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  { name: 'start', summary: 'start the daemon', load: () => import('./commands/start.ts') },
  { name: 'stop', summary: 'stop the daemon', load: () => import('./commands/stop.ts') },
  { name: 'id', summary: 'name, id and addresses of this device', load: () => import('./commands/id.ts') },
  { name: 'add', summary: 'share a directory', load: () => import('./commands/add.ts') },
  { name: 'invite', summary: 'let another device join a folder', load: () => import('./commands/invite.ts') },
  { name: 'join', summary: 'join a folder by ticket', load: () => import('./commands/join.ts') },
  { name: 'folders', summary: 'list the folders of this device', load: () => import('./commands/folders.ts') },
  { name: 'devices', summary: 'list the devices it shares with', load: () => import('./commands/devices.ts') },
  { name: 'status', summary: 'what is where, what moves, what is wrong', load: () => import('./commands/status.ts') },
  { name: 'pending', summary: 'what waits for you to agree', load: () => import('./commands/pending.ts') },
  { name: 'approve', summary: 'let a held batch go on', load: () => import('./commands/approve.ts') },
  { name: 'reject', summary: 'undo a held batch', load: () => import('./commands/reject.ts') },
  { name: 'conflicts', summary: 'files changed in two places at once', load: () => import('./commands/conflicts.ts') },
  { name: 'why', summary: 'what keeps a path from being in sync', load: () => import('./commands/why.ts') },
  { name: 'log', summary: 'who changed what, and when', load: () => import('./commands/log.ts') },
  { name: 'wait', summary: 'wait until everything is in sync', load: () => import('./commands/wait.ts') },
  { name: 'scan', summary: 'look for changes now', load: () => import('./commands/scan.ts') },
  { name: 'verify', summary: 'read every file and find damage', load: () => import('./commands/verify.ts') },
  { name: 'events', summary: 'follow what happens', load: () => import('./commands/events.ts') },
  { name: 'remove', summary: 'stop sharing a folder here', load: () => import('./commands/remove.ts') },
  { name: 'version', summary: 'versions of this program and the daemon', load: () => import('./commands/version.ts') },
];

/** For `sheaf` alone. */
export function loadWelcome(): Promise<CommandModule> {
  return import('./commands/welcome.ts');
}
