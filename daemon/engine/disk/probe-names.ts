import { NAME_MAX_BYTES } from '../../../protocol/limits.ts';
import type { DiskNames } from '../../core/names/disk-names.ts';
import type { Directory } from '../../effects/file-system.ts';
import { problemOf } from './opened-root.ts';

/** What a file system says to a name that it can not hold; Windows calls such a name not found. */
const REFUSALS: ReadonlySet<string> = new Set(['EINVAL', 'ENOENT', 'EILSEQ', 'ENAMETOOLONG']);
/** No disk that programs can work on has less room: sheaf's own longest name is of 60 bytes. */
const LEAST_MAX_BYTES = 64;
const COMPOSED = 'probe-\u00e9';
const DECOMPOSED = 'probe-e\u0301';

/**
 * Finds out what the file system does with names, by giving files some in a directory of sheaf's own. What the platform
 * is called says little about it: a Linux machine may have a stick with FAT, an Android phone a disk that folds case.
 */
export function probeNames(directory: Directory): DiskNames {
  const ignoresCase = held(directory, 'Probe', () => directory.stat('pROBE') !== undefined) === true;
  const form = held(directory, COMPOSED, () => ({
    ignoresForm: directory.stat(DECOMPOSED) !== undefined,
    decomposes: directory.list().entries.some(({ name }) => name === DECOMPOSED),
  }));
  const refusesReserved = held(directory, 'probe?', () => true) === undefined;
  return {
    ignoresCase,
    ignoresForm: form?.ignoresForm === true,
    decomposes: form?.decomposes === true,
    refusesReserved,
    maxBytes: longestName(directory),
  };
}

/** What `look` says while a file of that name is there; undefined when the disk does not take the name. */
function held<Seen>(directory: Directory, name: string, look: () => Seen): Seen | undefined {
  try {
    // A probe that was cut short may have left it.
    if (directory.stat(name) !== undefined) directory.removeFile(name);
    directory.createFile(name).close();
  } catch (error) {
    if (REFUSALS.has(problemOf(error).code)) return undefined;
    throw error;
  }
  try {
    return look();
  } finally {
    directory.removeFile(name);
  }
}

function longestName(directory: Directory): number {
  const fits = (bytes: number): boolean => held(directory, 'p'.repeat(bytes), () => true) === true;
  if (fits(NAME_MAX_BYTES)) return NAME_MAX_BYTES;
  let least = LEAST_MAX_BYTES;
  let most = NAME_MAX_BYTES - 1;
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(middle)) least = middle;
    else most = middle - 1;
  }
  return least;
}
