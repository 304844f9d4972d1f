import { setTimeout as sleep } from 'node:timers/promises';
import type { FolderStatus } from '../../protocol/local-api.ts';
import type { Device } from '../support/device.ts';

/** Often enough to look alive; each look is a process of its own. */
const POLL_MS = 400;
/** Without a terminal one line now and then is enough. */
const LINE_EVERY_MS = 3000;
const BAR_WIDTH = 28;

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** One line of at most 80 columns about what a folder is receiving. */
function progressLine(folder: FolderStatus | undefined): string {
  if (folder === undefined) return 'no folder yet';
  const { download } = folder;
  if (download === null) return `${folder.state}, ${folder.files} files here, ${folder.pendingEntries} to come`;
  const share = download.bytesTotal === 0 ? 1 : Math.min(1, download.bytesDone / download.bytesTotal);
  const filled = Math.round(share * BAR_WIDTH);
  const left = download.remainingMs === null ? '' : `, ${Math.ceil(download.remainingMs / 1000)} s left`;
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  return (
    `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${download.filesDone}/${download.filesTotal} files  ` +
    `${formatBytes(download.bytesPerSecond)}/s${left}`
  );
}

/** Shows what `device` receives until `until` settles: in place on a terminal, as occasional lines elsewhere. */
export async function showProgress(device: Device, until: Promise<unknown>): Promise<void> {
  const live = process.stdout.isTTY;
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  const end = until.then(settle, settle);
  for (let shownMs = Number.NEGATIVE_INFINITY; !settled; ) {
    const outcome = await device.run(['status', '--json']);
    if (settled) break;
    const folder: FolderStatus | undefined = outcome.code === 0 ? JSON.parse(outcome.stdout).folders[0] : undefined;
    if (live) process.stdout.write(`\r\x1b[2K    ${progressLine(folder).slice(0, 74)}`);
    else if (performance.now() - shownMs >= LINE_EVERY_MS) {
      console.log(`    ${progressLine(folder)}`);
      shownMs = performance.now();
    }
    await Promise.race([end, sleep(POLL_MS)]);
  }
  if (live) process.stdout.write('\r\x1b[2K');
}
