import type { DeviceOperation } from './operations.ts';

/**
 * Where no two names change places, one operation remains right before which a deed can be lost: the renaming of a staged
 * file over the old one, when somebody just put another there.
 */
export function isUnguarded({ call, subject }: DeviceOperation): boolean {
  return call === 'rename' && subject.includes('/.sheaf/stage/');
}
