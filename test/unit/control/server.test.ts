import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BODY_LIMIT_BYTES } from '../../../daemon/control/body.ts';
import { EVENT_BACKLOG_LIMIT_BYTES } from '../../../daemon/control/events.ts';
import { type ControlServer, serveControl } from '../../../daemon/control/server.ts';
import { CodedError } from '../../../protocol/errors.ts';
import type { ApiEvent } from '../../../protocol/local-api.ts';
import { EVENTUALLY } from './eventually.ts';
import { createFakeApi, DEVICE, type FakeAnswers, type FakeApi, FOLDER } from './fake-api.ts';
import { createQuietLogger, type QuietLogger } from './quiet-logger.ts';
import { type RawRequest, type RawResponse, rawRequest } from './raw-request.ts';
import { temporaryHome } from './temporary-home.ts';

interface Served {
  readonly api: FakeApi;
  readonly control: ControlServer;
  readonly home: string;
  readonly logger: QuietLogger;
  readonly token: string;
  /** With the right token, unless headers say otherwise. */
  ask(request: Partial<RawRequest>): Promise<RawResponse>;
  post(path: string, body: unknown): Promise<RawResponse>;
}

async function serve(answers: FakeAnswers = {}): Promise<Served> {
  const home = await temporaryHome();
  const api = createFakeApi(answers);
  const logger = createQuietLogger();
  const control = await serveControl({ api, home, logger });
  onTestFinished(() => control.close());
  const token = (await readFile(join(home, 'control.token'), 'utf8')).trim();
  const ask = (request: Partial<RawRequest>): Promise<RawResponse> => {
    const headers = { authorization: `Bearer ${token}`, ...request.headers };
    return rawRequest({ socket: control.socketPath, ...request, headers });
  };
  const post = (path: string, body: unknown): Promise<RawResponse> =>
    ask({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { api, control, home, logger, token, ask, post };
}

test('reads answer with the schema and what the daemon says', async () => {
  const { ask } = await serve();
  const answers = {
    '/v1/version': { schema: 1, version: '9.8.7', node: '22.0.0', protocol: 1 },
    '/v1/device': { schema: 1, ...DEVICE },
    '/v1/folders': { schema: 1, folders: [FOLDER] },
  };
  for (const [path, expected] of Object.entries(answers)) {
    const response = await ask({ path });
    expect([response.status, response.json()]).toEqual([200, expected]);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
  }
});

test('requests reach the operations as they were sent', async () => {
  const { api, ask, post } = await serve();
  const sent: readonly (readonly [string, object])[] = [
    ['add', { path: '/a/b', name: 'n', mode: 'send-only', conflicts: 'newest' }],
    ['remove', { folder: 'n', keepState: true }],
    ['invite', { folder: 'n', role: 'vault', expiresMs: 5 }],
    ['join', { ticket: 't', path: '/a' }],
    ['wait', { folder: 'n', peer: 'p', copies: 2, timeoutMs: 0 }],
    ['scan', { folder: 'n', path: 'a/b' }],
  ];
  for (const [name, body] of sent) expect((await post(`/v1/${name}`, body)).status).toBe(200);
  await ask({ path: `/v1/status?folder=${encodeURIComponent('ö /?&')}` });
  expect(api.calls).toEqual([...sent, ['status', 'ö /?&']]);
});

test.each([
  ['no token', { headers: { authorization: '' } }, 401, 'unauthorized'],
  ['a wrong token', { headers: { authorization: `Bearer ${'A'.repeat(43)}` } }, 401, 'unauthorized'],
  ['the token in another scheme', { headers: { authorization: 'Basic x' } }, 401, 'unauthorized'],
  ['a foreign host', { headers: { host: 'evil.example' } }, 403, 'forbidden'],
  ['a web page', { headers: { origin: 'http://localhost' } }, 403, 'forbidden'],
  ['a browser', { headers: { 'sec-fetch-site': 'none' } }, 403, 'forbidden'],
  ['an unknown path', { path: '/v2/version' }, 404, 'unknown-route'],
  ['a wrong method', { method: 'DELETE', path: '/v1/folders' }, 405, 'wrong-method'],
  [
    'a simple form',
    { method: 'POST', path: '/v1/stop', headers: { 'content-type': 'text/plain' }, body: '{}' },
    415,
    'unsupported-media-type',
  ],
] as const)('refuses %s', async (_, request, status, code) => {
  const { api, ask } = await serve();
  const response = await ask(request);
  expect([response.status, response.json()['code']]).toEqual([status, code]);
  expect(api.calls).toEqual([]);
});

test.each([
  ['a relative path', '/v1/add', { path: 'a' }, 'path'],
  ['a NUL', '/v1/add', { path: '/a\0b' }, 'path'],
  ['an empty name', '/v1/add', { path: '/a', name: '' }, 'name'],
  ['an unknown mode', '/v1/add', { path: '/a', mode: 'both' }, 'mode'],
  ['an unknown member', '/v1/add', { path: '/a', force: true }, 'force'],
  ['a null', '/v1/invite', { folder: null }, 'folder'],
  ['a negative time', '/v1/wait', { timeoutMs: -1 }, 'timeoutMs'],
  ['a time beyond timers', '/v1/wait', { timeoutMs: 2 ** 31 }, 'timeoutMs'],
  ['half a copy', '/v1/wait', { timeoutMs: 1, copies: 0.5 }, 'copies'],
  ['a list', '/v1/scan', [], 'request'],
  ['something for stop', '/v1/stop', { now: true }, 'now'],
])('names what is wrong with %s', async (_, path, body, field) => {
  const { api, post } = await serve();
  const response = await post(path, body);
  expect([response.status, response.json()['code']]).toEqual([400, 'bad-request']);
  expect(response.json()['message']).toContain(field);
  expect(api.calls).toEqual([]);
});

test('refuses a body that is not JSON in UTF-8', async () => {
  const { ask } = await serve();
  const headers = { 'content-type': 'application/json' };
  for (const body of ['', '{', 'nothing']) {
    const response = await ask({ method: 'POST', path: '/v1/scan', headers, body });
    expect([response.status, response.json()['code']]).toEqual([400, 'bad-json']);
  }
});

test('refuses a body over the limit before reading it, and while reading one of unknown length', async () => {
  const { control, token, api } = await serve();
  const head = `POST /v1/scan HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n`;
  const oversized = BODY_LIMIT_BYTES + 1;
  const declared = `${head}Content-Length: ${oversized}\r\n\r\n`;
  const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${oversized.toString(16)}\r\n${' '.repeat(oversized)}\r\n`;
  for (const bytes of [declared, chunked]) {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connect(control.socketPath, () => socket.write(bytes));
      // The rest of the body may meet a closed socket; what counts is what was answered.
      socket.on('error', () => resolve(text)).on('close', () => resolve(text));
      socket.on('data', (part) => {
        text += part.toString();
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*"code":"body-too-large"/s);
  }
  expect(api.calls).toEqual([]);
});

test('passes on the code and message of a refusal, and keeps bugs out of answers', async () => {
  const refused = await serve({ failure: new CodedError('unknown-folder', 'there is no folder x') });
  const refusal = await refused.ask({ path: '/v1/folders' });
  expect([refusal.status, refusal.json()]).toEqual([422, { code: 'unknown-folder', message: 'there is no folder x' }]);
  expect(refused.logger.lines).toEqual([]);

  const broken = await serve({ failure: new TypeError('x is not a function') });
  const answer = await broken.ask({ path: '/v1/folders' });
  expect([answer.status, answer.json()['code']]).toEqual([500, 'internal']);
  expect(answer.text).not.toContain('.ts:');
  expect(broken.logger.lines).toEqual(['error a request to the local API failed']);
});

test('a wait ends with its client', async () => {
  const { api, control, token } = await serve({ wait: 'until-cancelled' });
  const body = '{"timeoutMs":60000}';
  const socket = connect(control.socketPath);
  const head = `POST /v1/wait HTTP/1.0\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json`;
  socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await expect.poll(() => api.calls.length, EVENTUALLY).toBe(1);
  socket.destroy();
  await expect.poll(() => api.cancelledWaits, EVENTUALLY).toBe(1);
});

test('a wait ends with the server, which closes without waiting for it', async () => {
  const { api, control, post } = await serve({ wait: 'until-cancelled' });
  const waiting = post('/v1/wait', { timeoutMs: 60_000 });
  await expect.poll(() => api.calls.length, EVENTUALLY).toBe(1);
  await control.close();
  expect((await waiting).json()['code']).toBe('cancelled');
});

interface EventReader {
  readonly lines: string[];
  readonly ended: Promise<void>;
  pause(): void;
  resume(): void;
  destroy(): void;
}

async function readEvents({ api, control, token }: Served): Promise<EventReader> {
  const before = api.listeners;
  const socket = connect(control.socketPath);
  socket.write(`GET /v1/events HTTP/1.0\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const lines: string[] = [];
  let text = '';
  socket.on('data', (part) => {
    text += part.toString();
    lines.splice(0, lines.length, ...text.split('\r\n\r\n').slice(1).join('').split('\n').filter(Boolean));
  });
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await expect.poll(() => api.listeners, EVENTUALLY).toBe(before + 1);
  return { lines, ended, pause: () => socket.pause(), resume: () => socket.resume(), destroy: () => socket.destroy() };
}

function eventOf(sequence: number, detail: string): ApiEvent {
  return { sequence, time: '2026-01-02T03:04:05.000Z', kind: 'applied', folder: 'photos', detail: { detail } };
}

test('events reach every reader, and readers that go are forgotten', async () => {
  const served = await serve();
  const first = await readEvents(served);
  const second = await readEvents(served);
  served.api.emit(eventOf(1, 'a\nb'));
  for (const reader of [first, second]) {
    await expect.poll(() => reader.lines.map((line) => JSON.parse(line)), EVENTUALLY).toEqual([eventOf(1, 'a\nb')]);
  }
  first.destroy();
  await expect.poll(() => served.api.listeners, EVENTUALLY).toBe(1);
  await served.control.close();
  await second.ended;
  expect(served.api.listeners).toBe(0);
});

test('a reader that stops reading loses the stream instead of filling the daemon', async () => {
  const served = await serve();
  const reader = await readEvents(served);
  reader.pause();
  const detail = 'x'.repeat(64 * 1024);
  let emitted = 0;
  // The socket itself holds some of it; several times the limit is more than both.
  while (served.api.listeners > 0 && emitted * detail.length < EVENT_BACKLOG_LIMIT_BYTES * 16) {
    served.api.emit(eventOf(emitted, detail));
    emitted += 1;
  }
  expect(served.api.listeners).toBe(0);
  reader.resume();
  await reader.ended;
  expect(JSON.parse(reader.lines.at(-1) ?? '').error.code).toBe('events-overrun');
});

test('stop answers when the daemon has let go, and tells the process', async () => {
  let release = (): void => undefined;
  const stopping = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { control, post } = await serve({ onStop: () => stopping });
  let stopped = false;
  void control.stopped.then(() => {
    stopped = true;
  });
  const answer = post('/v1/stop', {});
  await post('/v1/scan', {});
  expect(stopped).toBe(false);
  release();
  expect((await answer).json()).toEqual({ schema: 1, stopped: true });
  await control.stopped;
});

test('stop may close the server that it came through', async () => {
  let close = async (): Promise<void> => undefined;
  const served = await serve({ onStop: () => close() });
  close = () => served.control.close();
  expect((await served.post('/v1/stop', {})).json()).toEqual({ schema: 1, stopped: true });
  await served.control.stopped;
});
