import { asListed } from '../../../daemon/core/names/disk-names.ts';
import { FolderIndex } from '../../../daemon/store/folder-index.ts';
import { type EntryId, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { SimulatedDevice } from '../world/device.ts';
import { namesOf } from '../world/disks.ts';
import { FOLDER, rowsOf } from './rows.ts';

/** The index of a device's only folder. */
export function indexOf(device: SimulatedDevice): FolderIndex {
  return new FolderIndex(rowsOf(device), FOLDER, namesOf(device.disk.tree.options));
}

/**
 * Translates paths of a device's disk to what the registers call the same things; a name that is not known stays as it is.
 */
export function trueNames(device: SimulatedDevice): (path: string) => string {
  const index = indexOf(device);
  return (path) => {
    let at: EntryId | undefined = ROOT_ENTRY;
    const names = asListed(index.names, path).split('/');
    return names
      .map((name) => {
        const id = at === undefined ? undefined : index.child(at, name)?.id;
        at = id;
        return (id === undefined ? undefined : index.entry(id)?.synced?.placement.name) ?? name;
      })
      .join('/');
  };
}
