import { setTimeout as delay } from 'node:timers/promises';
import type { Status } from '../../protocol/local-api.ts';
import { cutEnd } from '../terminal/layout.ts';
import { terminalPaint } from './paint.ts';
import { renderStatus } from './view.ts';

/** Fast enough to look alive, slow enough to cost nothing. */
const REDRAW_MS = 500;
const SMALLEST_COLUMNS = 20;

export interface WatchedStatus {
  readonly read: (stopped: AbortSignal) => Promise<Status>;
  readonly json: boolean;
  readonly printJson: (value: object) => void;
}

/** Shows the status until `stopped`: in place on a terminal, else again whenever it has changed. */
export async function followStatus(
  watched: WatchedStatus,
  stream: NodeJS.WriteStream,
  stopped: AbortSignal,
): Promise<void> {
  const show = watched.json || !stream.isTTY ? onChange(watched, stream) : await inPlace(stream);
  try {
    while (!stopped.aborted) {
      show.draw(await watched.read(stopped));
      await delay(REDRAW_MS, undefined, { signal: stopped });
    }
  } finally {
    show.end();
  }
}

interface Show {
  draw(status: Status): void;
  end(): void;
}

function onChange(watched: WatchedStatus, stream: NodeJS.WriteStream): Show {
  let before = '';
  return {
    draw: (status) => {
      const options = { columns: Number.POSITIVE_INFINITY, paint: terminalPaint(stream), problemLimit: 10 };
      const text = watched.json ? JSON.stringify(status) : renderStatus(status, options).join('\n');
      if (text === before) return;
      before = text;
      if (watched.json) watched.printJson(status);
      else stream.write(`${text}\n\n`);
    },
    end: () => undefined,
  };
}

/** Redraws only lines that changed, also when the terminal is resized; the last picture stays when it ends. */
async function inPlace(stream: NodeJS.WriteStream): Promise<Show> {
  const { createLogUpdate } = await import('log-update');
  const update = createLogUpdate(stream);
  const paint = terminalPaint(stream);
  let last: Status | undefined;
  const draw = (status: Status): void => {
    last = status;
    const columns = Math.max(SMALLEST_COLUMNS, stream.columns);
    const lines = renderStatus(status, { columns, paint, problemLimit: 5 });
    // One row is the cursor's. What doesn't go in is left out at the end.
    const room = Math.max(1, stream.rows - 2);
    const shown =
      lines.length <= room
        ? lines
        : [...lines.slice(0, room - 1), cutEnd(`… ${lines.length - room + 1} more lines`, columns)];
    update(shown.join('\n'));
  };
  const resized = (): void => {
    if (last !== undefined) draw(last);
  };
  stream.on('resize', resized);
  return {
    draw,
    end: () => {
      stream.off('resize', resized);
      update.done();
    },
  };
}
