import type { Logger } from '../effects/logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Takes whole lines, each with its newline. Must not throw: a full disk is no reason to stop. */
export interface LineSink {
  write(line: string): void;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
/** A longer value is cut: one entry must not push everything else out of the file. */
const VALUE_LIMIT_CHARACTERS = 1000;
const PLAIN_VALUE = /^[\w.:/@+,%-]+$/;
/**
 * C0 and C1 controls, line and paragraph separators, and marks that change the direction of text: file names may hold
 * them, and a log is read in terminals. The backslash is not among them, `JSON.stringify` sees to that.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Writes `2026-01-02T03:04:05.678Z info message key=value` lines, at `level` and above. `nowMs` is the time in
 * milliseconds since 1970.
 */
export function createLogger(level: LogLevel, sink: LineSink, nowMs: () => number): Logger {
  const logAt = (each: LogLevel): Logger['info'] => {
    if (LEVELS.indexOf(each) < LEVELS.indexOf(level)) return () => undefined;
    return (message, detail) => sink.write(formatLine(nowMs(), each, message, detail));
  };
  return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') };
}

function formatLine(
  timeMs: number,
  level: LogLevel,
  message: string,
  detail: Readonly<Record<string, unknown>> = {},
): string {
  const fields = Object.entries(detail)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${escaped(key)}=${formatValue(value)}`);
  return `${new Date(timeMs).toISOString()} ${level} ${escaped(message)}${fields.join('')}\n`;
}

function formatValue(value: unknown): string {
  const text = textOf(value);
  const short = text.length > VALUE_LIMIT_CHARACTERS ? `${text.slice(0, VALUE_LIMIT_CHARACTERS)}…` : text;
  return PLAIN_VALUE.test(short) ? short : escaped(JSON.stringify(short));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return 'code' in value ? `${String(value.code)}: ${value.message}` : value.message;
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each));
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function escaped(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
