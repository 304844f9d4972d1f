import type { Value } from './codec.ts';
import { readInteger } from './codec.ts';
import { FormatError } from './errors.ts';
import type { Role } from './local-api.ts';

/** Least first: a role may do all that those before it may. On the wire a role is its position here. */
export const ROLES = ['vault', 'reader', 'writer', 'admin'] as const satisfies readonly Role[];

/** True when `role` may do what `needed` may. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** Every role but the vault's holds the folder's keys. */
export function holdsKeys(role: Role): boolean {
  return role !== 'vault';
}

export function roleValue(role: Role): Value {
  return ROLES.indexOf(role);
}

export function readRole(value: Value): Role {
  const role = ROLES[readInteger(value, 0, ROLES.length - 1)];
  if (role === undefined) throw new FormatError('unknown role');
  return role;
}
