import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLogFile } from '../../../daemon/node/log-file.ts';
import { createLogger, type LogLevel } from '../../../daemon/node/logger.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function logLines(level: LogLevel, log: (logger: ReturnType<typeof createLogger>) => void): readonly string[] {
  const lines: string[] = [];
  log(createLogger(level, { write: (line) => void lines.push(line) }, () => NOW_MS));
  return lines;
}

describe('logger', () => {
  it('writes one line an entry: time, level, message, fields', () => {
    const lines = logLines('debug', (logger) => {
      logger.info('folder added', { folder: 'photos', files: 3, free: 12n, missing: undefined, none: null });
    });
    expect(lines).toEqual(['2026-01-02T03:04:05.678Z info folder added folder=photos files=3 free=12 none=null\n']);
  });

  it('drops what is below its level', () => {
    const lines = logLines('warn', (logger) => {
      logger.debug('a');
      logger.info('b');
      logger.warn('c');
      logger.error('d');
    });
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['warn', 'error']);
  });

  it('lets no value break the line, the terminal or the reading direction', () => {
    const [line = ''] = logLines('info', (logger) => {
      logger.info('bad\nmessage', { path: 'a\r\n\u001b[2Jb\u202ec', 'k\n': '' });
    });
    expect(line.split('\n')).toHaveLength(2);
    expect(line).toContain(' bad\\u000amessage path="a\\r\\n\\u001b[2Jb\\u202ec" k\\u000a=""');
  });

  it('quotes what would read as more than one value', () => {
    const [line] = logLines('info', (logger) => logger.info('m', { path: 'a b=c"d', plain: './x-1.tar.gz' }));
    expect(line).toContain(' path="a b=c\\"d" plain=./x-1.tar.gz\n');
  });

  it('prints errors with their code, objects as JSON, and survives the rest', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const error = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    const [line] = logLines('info', (logger) => logger.info('m', { error, object: { size: 1n }, loop }));
    expect(line).toContain(' error="ENOSPC: no room" object="{\\"size\\":\\"1\\"}" loop="[object Object]"\n');
  });

  it('cuts long values', () => {
    const [line = ''] = logLines('info', (logger) => logger.info('m', { long: 'x'.repeat(100_000) }));
    expect(line.length).toBeLessThan(1100);
  });
});

describe('log file', () => {
  let home = '';
  let path = '';
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'sheaf-log-'));
    path = join(home, 'sheaf.log');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('appends across restarts, readable by its owner only', () => {
    for (const line of ['one\n', 'two\n']) {
      const file = openLogFile(path, { limitBytes: 1000, kept: 1 });
      file.write(line);
      file.close();
    }
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('puts full files aside and keeps so many of them', () => {
    const file = openLogFile(path, { limitBytes: 10, kept: 2 });
    for (const digit of '123456') file.write(`line ${digit}\n`);
    file.write('a line longer than the limit\n');
    file.close();
    expect(readdirSync(home).sort()).toEqual(['sheaf.log', 'sheaf.log.1', 'sheaf.log.2']);
    const contents = ['', '.1', '.2'].map((suffix) => readFileSync(path + suffix, 'utf8'));
    expect(contents).toEqual(['a line longer than the limit\n', 'line 6\n', 'line 5\n']);
  });

  it('goes on when it cannot write, and says how much was lost', () => {
    const file = openLogFile(path, { limitBytes: 10, kept: 1 });
    file.write('12345678\n');
    rmSync(home, { recursive: true });
    file.write('lost one\n');
    file.write('lost two\n');
    mkdirSync(home);
    file.write('back\n');
    file.close();
    expect(readFileSync(path, 'utf8')).toBe('2 lines of this log were lost: it could not be written\nback\n');
  });
});
