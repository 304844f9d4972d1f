import { deviceIdOf } from '../../protocol/device-id.ts';
import { CodedError, FormatError } from '../../protocol/errors.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { Folder } from './folder.ts';

/** The folder a person means: by name, id or path. Throws 'unknown-folder' or 'ambiguous-folder'. */
export function findFolder(folders: readonly Folder[], selector: string): Folder {
  const exact = folders.filter(({ context }) => context.config.name === selector || context.config.folder === selector);
  const found = exact.length > 0 ? exact : folders.filter(({ context }) => context.config.path === selector);
  const [only, second] = found;
  if (only !== undefined && second === undefined) return only;
  if (second !== undefined) {
    throw new CodedError('ambiguous-folder', `several folders are called ${selector}: use the id instead`);
  }
  const names = folders.map(({ context }) => context.config.name).join(', ');
  throw new CodedError(
    'unknown-folder',
    `there is no folder ${selector} on this device; ${names === '' ? 'none is shared yet: "sheaf add PATH"' : `there are: ${names}`}`,
  );
}

/** The member a person means: by name or id. Throws 'unknown-device' or 'ambiguous-device'. */
export function findDevice(folders: readonly Folder[], selector: string): DeviceId {
  const members = folders.flatMap(({ context }) => context.membership.current.members);
  const found = new Set(members.filter(({ name }) => name === selector).map(({ device }) => device));
  const [only] = found;
  if (only !== undefined && found.size === 1) return only;
  if (found.size > 1) {
    throw new CodedError('ambiguous-device', `several devices are called ${selector}: use the id instead`);
  }
  try {
    const id = deviceIdOf(selector);
    if (members.some(({ device }) => device === id)) return id;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  throw new CodedError('unknown-device', `no folder here has a member ${selector}: "sheaf devices" lists them`);
}

/** What a folder is called unless told otherwise: the last name of its path. */
export function nameOfPath(path: string): string {
  return path.split(/[\\/]/).findLast((name) => name !== '') ?? 'folder';
}
