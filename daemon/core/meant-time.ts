import type { Content } from '../../protocol/registers.ts';
import type { Stamp } from './entry.ts';

/** To what disks cut times: FAT, ext3 and HFS+, some network disks, and NTFS. Nanoseconds. */
const UNITS_NS = [2_000_000_000n, 1_000_000_000n, 1_000_000n, 1_000n, 100n];

/**
 * What was read, under the time that was meant for it. A disk with coarse stamps shows a time cut off; as long as it shows
 * the same one as when the index noted it, nobody has set another, and the cut is not to be told as a change.
 * @param seen what the disk shows, and `known` what it showed when `agreed` was noted there
 */
export function underMeantTime(
  content: Content,
  seen: Stamp,
  known: Stamp | undefined,
  agreed: Content | undefined,
): Content {
  if (content.kind === 'directory' || agreed?.kind !== content.kind || known?.kind !== seen.kind) return content;
  const meant = agreed.mtimeNs;
  // Somebody may have written between the setting of the time and the look at it: then it is another, and theirs.
  const cut = UNITS_NS.some(
    (unit) => seen.mtimeNs % unit === 0n && meant >= seen.mtimeNs && meant - seen.mtimeNs < unit,
  );
  return cut && known.mtimeNs === seen.mtimeNs ? { ...content, mtimeNs: meant } : content;
}
