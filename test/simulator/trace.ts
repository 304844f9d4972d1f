import type { Logger } from '../../daemon/effects/logger.ts';
import type { Life } from './life.ts';

/** What a daemon logs goes into the trace of its world, with what it said last kept to be shown. */
export function createTraceLogger(life: Life, onLine?: (line: string) => void): Logger {
  const at =
    (level: string) =>
    (message: string, detail?: Readonly<Record<string, unknown>>): void => {
      if (life.ended) return;
      const line = `${life.name} ${level} ${message}${detail === undefined ? '' : ` ${JSON.stringify(detail)}`}`;
      life.schedule.note(line);
      onLine?.(line);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** The last lines of a trace. */
export class TraceRing {
  readonly #limit: number;
  readonly #lines: string[] = [];
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(line: string): void {
    this.#lines[this.#next % this.#limit] = line;
    this.#next += 1;
  }

  /** Oldest first. */
  lines(): readonly string[] {
    const at = this.#next % this.#limit;
    return this.#next <= this.#limit ? [...this.#lines] : [...this.#lines.slice(at), ...this.#lines.slice(0, at)];
  }
}
