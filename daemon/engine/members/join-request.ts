import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import { decodeTicket, type Ticket } from '../../../protocol/ticket.ts';
import type { FolderConfig } from '../../store/device-state.ts';

/** The ticket, if it can be of any use here. Throws 'bad-ticket', 'invite-expired', 'already-joined' or 'own-ticket'. */
export function checkTicket(text: string, nowMs: number, device: DeviceId, folders: readonly FolderConfig[]): Ticket {
  const ticket = decodeTicket(text);
  if (ticket.expires * 1000 <= nowMs) {
    throw new CodedError('invite-expired', 'this ticket has expired: ask for a new one');
  }
  const here = folders.find(({ folder }) => folder === ticket.folder);
  if (here !== undefined) {
    throw new CodedError('already-joined', `this folder is already on this device as ${here.name} in ${here.path}`);
  }
  if (ticket.inviter === device) {
    throw new CodedError('own-ticket', 'this ticket was made by this device: use it on another one');
  }
  return ticket;
}
