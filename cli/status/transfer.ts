import type { FolderStatus, TransferProgress } from '../../protocol/local-api.ts';
import { cutEnd } from '../terminal/layout.ts';
import { progressBar } from '../terminal/progress-bar.ts';
import { formatBytes, formatCount, formatDuration, formatRate } from '../terminal/units.ts';
import type { ViewOptions } from './view-options.ts';

const BAR_COLUMNS = 20;
/** A shorter one shows less than the figure beside it. */
const SHORTEST_BAR_COLUMNS = 5;
/** The longest line of figures with its indent: ` 100%  1023 MiB of 1023 GiB, 1023 MiB/s, 12h 59m left`. */
const FIGURES_COLUMNS = 59;

/** What moves: a bar with amount, rate and time left for what comes in, and a line for what goes out. */
export function transferLines(folder: FolderStatus, options: ViewOptions): readonly string[] {
  const lines: string[] = [];
  if (folder.download !== null) lines.push(...downloadLines(folder.download, options));
  const { bytesPerSecond, bytesDone } = folder.upload;
  if (bytesPerSecond > 0) {
    lines.push(`  ${options.paint('busy', '↑')} ${formatRate(bytesPerSecond)}, ${formatBytes(bytesDone)} sent`);
  }
  return lines;
}

function downloadLines(download: TransferProgress, options: ViewOptions): readonly string[] {
  const done = fractionOf(download);
  const room = Math.min(BAR_COLUMNS, options.columns - FIGURES_COLUMNS);
  const bar = room < SHORTEST_BAR_COLUMNS ? '' : `${progressBar(done, room)} `;
  // 100 % only when it is.
  const percent = `${done < 1 ? Math.min(99, Math.floor(done * 100)) : 100}%`.padStart(4);
  const left = download.remainingMs === null ? '' : `, ${formatDuration(download.remainingMs)} left`;
  const amount = `${formatBytes(download.bytesDone)} of ${formatBytes(download.bytesTotal)}`;
  const figures = `${percent}  ${amount}, ${formatRate(download.bytesPerSecond)}${left}`;
  const files = `${formatCount(download.filesDone)} of ${formatCount(download.filesTotal)} files`;
  return [
    `  ${options.paint('busy', `↓ ${bar}`)}${cutEnd(figures, options.columns - 4 - bar.length)}`,
    `    ${cutEnd(files, options.columns - 4)}`,
  ];
}

/** By bytes; by files when there are no bytes to get, as with empty files and directories. */
function fractionOf(download: TransferProgress): number {
  if (download.bytesTotal > 0) return download.bytesDone / download.bytesTotal;
  return download.filesTotal > 0 ? download.filesDone / download.filesTotal : 1;
}
