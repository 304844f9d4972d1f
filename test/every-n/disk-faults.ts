import type { DeviceOperation, Fault } from '../simulator/disk/operations.ts';

const READING = new Set(['stat', 'statSelf', 'list', 'read', 'readSymlink', 'openDirectory', 'openFile', 'file.stat']);
const SYNCING = new Set(['sync', 'file.sync', 'syncFileSystem']);

/** Errnos that an operation can meet on some disk, on some day. */
function errnosOf(call: string): readonly string[] {
  if (call === 'openRoot') return ['EIO', 'EACCES', 'ENOENT', 'EMFILE'];
  if (SYNCING.has(call)) return ['EIO', 'ENOSPC'];
  if (call === 'read') return ['EIO', 'ESTALE'];
  if (READING.has(call)) return ['EIO', 'EACCES', 'EMFILE', 'ESTALE'];
  if (call === 'write') return ['EIO', 'ENOSPC', 'EDQUOT'];
  if (call === 'link') return ['EIO', 'ENOSPC', 'EPERM', 'EMLINK', 'EXDEV'];
  return ['EIO', 'ENOSPC', 'EACCES', 'EROFS', 'EBUSY'];
}

/** Everything but a kill that can go wrong with one operation of the disk. */
export function faultsOf({ call }: DeviceOperation): readonly Fault[] {
  const faults: Fault[] = errnosOf(call).map((code) => ({ kind: 'error', code }));
  if (call === 'write') faults.push({ kind: 'half', code: 'ENOSPC' });
  if (call === 'read') faults.push({ kind: 'short', bytes: 3 });
  if (SYNCING.has(call)) faults.push({ kind: 'lost-sync' });
  return faults;
}
