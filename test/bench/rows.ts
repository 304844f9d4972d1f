import { append, insertAtFront, latency, newBig } from './file-rows.ts';
import type { Lane } from './lane.ts';
import type { Measurement } from './measure.ts';
import { deleteSmall, idle, manySmall, metadata, renameSmall, sourceTree, unchangedRestart } from './tree-rows.ts';

export interface Row {
  readonly id: string;
  readonly title: string;
  /** Rows that leave behind what this one works on. */
  readonly needs: readonly string[];
  run(lane: Lane): Promise<Measurement>;
}

/**
 * In running order. Deleting comes last: a file system that has just lost many files makes new ones more slowly for a
 * while, and the large tree keeps the deletion a small part of the folder.
 */
export const rows: readonly Row[] = [
  { id: 'latency', title: 'one 1 KiB file appears (median of 20)', needs: [], run: latency },
  { id: 'new-1g', title: 'one new 1 GiB file', needs: [], run: newBig },
  { id: 'insert', title: 'insert 1 byte at its front', needs: ['new-1g'], run: insertAtFront },
  { id: 'append', title: 'append 1 MiB to it', needs: ['new-1g'], run: append },
  { id: 'small', title: '10,000 files of 4 KiB', needs: [], run: manySmall },
  { id: 'rename', title: 'rename of that directory', needs: ['small'], run: renameSmall },
  { id: 'tree', title: 'source tree, 78,635 files, 1.28 GB', needs: [], run: sourceTree },
  { id: 'idle', title: 'idle with all that', needs: [], run: idle },
  { id: 'metadata', title: 'state on disk', needs: [], run: metadata },
  { id: 'restart', title: 'unchanged restart, until scanned', needs: [], run: unchangedRestart },
  { id: 'delete', title: 'delete of the 10,000', needs: ['small'], run: deleteSmall },
];

/** The chosen rows and those they need, in running order; all when none is chosen. Throws on an unknown id. */
export function chooseRows(ids: readonly string[]): readonly Row[] {
  const wanted = new Set(ids);
  for (const id of wanted) {
    const row = rows.find((one) => one.id === id);
    if (row === undefined) throw new Error(`no row '${id}'; there are ${rows.map((one) => one.id).join(', ')}`);
    for (const need of row.needs) wanted.add(need);
  }
  return wanted.size === 0 ? rows : rows.filter(({ id }) => wanted.has(id));
}
