import type { FolderStatus, MemberStatus, Problem, Status } from '../../protocol/local-api.ts';
import { decisions } from '../terminal/decisions.ts';
import { escapeText } from '../terminal/escape.ts';
import { cutEnd, cutStart, pad, widest } from '../terminal/layout.ts';
import { counted, formatBytes, formatCount } from '../terminal/units.ts';
import type { Paint, Tone } from './paint.ts';
import { transferLines } from './transfer.ts';
import type { ViewOptions } from './view-options.ts';

/** Names rarely need more; longer ones would push the rest of their line out of an 80 column terminal. */
const NAME_COLUMNS = 24;

/** The lines of `sheaf status`, each at most `columns` wide. */
export function renderStatus(status: Status, options: ViewOptions): readonly string[] {
  const { paint, columns } = options;
  const id = cutEnd(escapeText(status.device.id), Math.max(0, columns - NAME_COLUMNS - 2));
  const lines = [`${paint('bold', cutEnd(escapeText(status.device.name), NAME_COLUMNS))}  ${paint('dim', id)}`];
  if (status.folders.length === 0) lines.push('', 'No folders yet: "sheaf add PATH" or "sheaf join TICKET".');
  for (const folder of status.folders) lines.push('', ...renderFolder(folder, options));
  return lines;
}

function renderFolder(folder: FolderStatus, options: ViewOptions): readonly string[] {
  const { columns, paint } = options;
  const inner = columns - 2;
  const name = cutEnd(escapeText(folder.name), NAME_COLUMNS);
  const [tone, state] = describeState(folder);
  return [
    `${paint('bold', name)}  ${paint(tone, cutEnd(state, columns - NAME_COLUMNS - 2))}`,
    `  ${paint('dim', cutStart(escapeText(folder.path), inner))}`,
    `  ${cutEnd(describeContents(folder), inner)}`,
    ...haltLines(folder, options),
    ...heldLines(folder, options),
    ...aliasLines(folder, inner),
    ...transferLines(folder, options),
    ...memberLines(folder.members, options),
    ...problemLines(folder, options),
  ];
}

function describeState(folder: FolderStatus): readonly [Tone, string] {
  const pending = counted(folder.pendingEntries, 'entry', 'entries');
  switch (folder.state) {
    case 'starting':
      return ['busy', 'starting'];
    case 'scanning':
      return ['busy', `scanning, ${counted(folder.pendingDirectories, 'directory', 'directories')} to go`];
    case 'syncing':
      return ['busy', folder.pendingEntries > 0 ? `syncing, ${pending} to get` : 'syncing'];
    case 'in-sync':
      return ['good', 'in sync'];
    case 'waiting':
      return ['busy', `waiting${reasonsToWait(folder, pending)}`];
    case 'halted':
      return ['bad', 'halted'];
  }
}

function reasonsToWait(folder: FolderStatus, pending: string): string {
  const away = folder.members.filter((member) => !member.connected).length;
  const reasons = [
    ...(away > 0 ? [`${counted(away, 'device', 'devices')} away`] : []),
    ...(folder.held.length > 0 ? ['for you to approve or reject'] : []),
    ...(folder.problems.length > 0 ? [counted(folder.problems.length, 'problem', 'problems')] : []),
    ...(folder.pendingEntries > 0 ? [`${pending} to get`] : []),
  ];
  return reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
}

function describeContents(folder: FolderStatus): string {
  const parts = [counted(folder.files, 'file', 'files'), counted(folder.directories, 'directory', 'directories')];
  if (folder.symlinks > 0) parts.push(counted(folder.symlinks, 'symlink', 'symlinks'));
  return `${parts.join(', ')}, ${formatBytes(folder.bytes)}`;
}

/** Nothing is wrong with it, and whoever looks for a file should know. */
function aliasLines({ aliases }: FolderStatus, inner: number): readonly string[] {
  if (aliases === 0) return [];
  const line = `${counted(aliases, 'entry has', 'entries have')} another name here, "… (alias …)": "sheaf why PATH" tells why`;
  return wrap(line, inner).map((each) => `  ${each}`);
}

function haltLines(folder: FolderStatus, options: ViewOptions): readonly string[] {
  if (folder.halt === null) return [];
  const text = `! ${escapeText(folder.halt.message)} (${escapeText(folder.halt.code)})`;
  const lines = wrap(text, options.columns - '    '.length);
  return lines.map((line, index) => `${index === 0 ? '  ' : '    '}${options.paint('bad', line)}`);
}

function heldLines(folder: FolderStatus, options: ViewOptions): readonly string[] {
  return folder.held.flatMap(({ id, message }) => {
    const lines = wrap(
      `! held: ${message}. "sheaf pending" shows it, ${decisions(id)}`,
      options.columns - '    '.length,
    );
    return lines.map((line, index) => `${index === 0 ? '  ' : '    '}${options.paint('bad', line)}`);
  });
}

/** Characters of an id that tell namesakes apart. */
const ID_END = 6;

function memberLines(members: readonly MemberStatus[], options: ViewOptions): readonly string[] {
  const names = members.map((member) => nameAmong(members, member));
  const width = widest(names);
  const roleWidth = widest(members.map((member) => member.role));
  const room = options.columns - width - roleWidth - '      '.length;
  return members.map((member, index) => {
    const [tone, state] = describeMember(member);
    return `  ${pad(names[index] ?? '', width)}  ${pad(member.role, roleWidth)}  ${options.paint(tone, cutEnd(state, room))}`;
  });
}

/** With the end of its id where another member has the same name: two laptops fresh from the shop often do. */
function nameAmong(members: readonly MemberStatus[], { name, device }: MemberStatus): string {
  const shown = cutEnd(escapeText(name), NAME_COLUMNS);
  const namesakes = members.filter((other) => other.name === name).length;
  return namesakes > 1 ? `${shown} …${device.slice(-ID_END)}` : shown;
}

function describeMember(member: MemberStatus): readonly [Tone, string] {
  const behind =
    member.behindEntries === null || member.behindEntries === 0 ? '' : `${formatCount(member.behindEntries)} behind`;
  if (!member.connected) return ['dim', behind === '' ? 'away' : `away, ${behind} when last heard`];
  if (member.inSync) return ['good', 'in sync'];
  return ['busy', behind === '' ? 'connected' : behind];
}

function problemLines(folder: FolderStatus, options: ViewOptions): readonly string[] {
  const { paint, problemLimit } = options;
  const inner = options.columns - 4;
  const lines =
    folder.conflicts > 0 ? [`  ${paint('bad', '!')} ${counted(folder.conflicts, 'conflict', 'conflicts')}`] : [];
  for (const problem of folder.problems.slice(0, problemLimit)) lines.push(...renderProblem(problem, inner, paint));
  const hidden = folder.problems.length - problemLimit;
  if (hidden > 0)
    lines.push(`  ${paint('bad', '!')} and ${counted(hidden, 'more problem', 'more problems')}; --json lists all`);
  return lines;
}

/** On one line when it fits, else the message below the path, so that neither is cut short. */
function renderProblem(problem: Problem, inner: number, paint: Paint): readonly string[] {
  const path = escapeText(problem.path);
  const message = escapeText(problem.message);
  const mark = paint('bad', '!');
  const together = `${path}: ${message}`;
  if (cutEnd(together, inner) === together) return [`  ${mark} ${together}`];
  return [`  ${mark} ${cutStart(path, inner)}`, ...wrap(message, inner - 2).map((line) => `      ${line}`)];
}

/** Breaks between words; a word that is wider than a line is cut. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || cutEnd(longer, width) === longer) line = longer;
    else {
      lines.push(cutEnd(line, width));
      line = word;
    }
  }
  return [...lines, cutEnd(line, width)];
}
