import type { Logger } from '../../../daemon/effects/logger.ts';

export interface QuietLogger extends Logger {
  /** `level message`, in order. */
  readonly lines: readonly string[];
}

export function createQuietLogger(): QuietLogger {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level} ${message}`);
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
