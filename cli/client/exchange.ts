import { connect, type Socket } from 'node:net';
import { CommandFailure } from '../failure.ts';
import { type Endpoint, noDaemon } from './endpoint.ts';

/**
 * One HTTP/1.0 request over the daemon's socket. Written by hand because loading `node:http` takes 20 to 28 ms of the
 * 150 ms that a command may take, and because both ends are ours: one request a connection, no redirects, no chunks
 * (an HTTP/1.0 client is never sent any, RFC 9112 §6.1), the body ends with the connection or its Content-Length.
 */
export interface Request {
  readonly method: 'GET' | 'POST';
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly body?: object;
  readonly cancelled?: AbortSignal;
}

export interface Response {
  readonly status: number;
  /** Null when the body ends with the connection. */
  readonly contentLength: number | null;
  readonly body: AsyncIterable<Uint8Array>;
}

const HEAD_LIMIT_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/** @throws CommandFailure 'no-daemon', 'connection-lost'; AbortError when cancelled */
export async function exchange(home: string, endpoint: Endpoint, request: Request): Promise<Response> {
  const socket = await open(home, endpoint.socket);
  const onCancel = (): void => void socket.destroy();
  request.cancelled?.addEventListener('abort', onCancel, { once: true });
  socket.once('close', () => request.cancelled?.removeEventListener('abort', onCancel));
  if (request.cancelled?.aborted === true) socket.destroy();
  socket.write(encode(endpoint.token, request));
  const parts = lossless(socket)[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let end = -1;
  while (end < 0) {
    const next = await parts.next();
    if (next.done === true || head.length > HEAD_LIMIT_BYTES) throw connectionLost();
    head = Buffer.concat([head, next.value]);
    end = head.indexOf(HEAD_END);
  }
  const rest = head.subarray(end + HEAD_END.length);
  const body = async function* (): AsyncGenerator<Uint8Array> {
    try {
      if (rest.length > 0) yield rest;
      for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value;
    } finally {
      socket.destroy();
    }
  };
  return { ...decodeHead(head.toString('latin1', 0, end)), body: body() };
}

function encode(token: string, request: Request): Buffer {
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const lines = [`${request.method} ${request.target} HTTP/1.0`, 'Host: localhost', `Authorization: Bearer ${token}`];
  if (request.method === 'POST')
    lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

function decodeHead(head: string): { status: number; contentLength: number | null } {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status === undefined)
    throw new CommandFailure('bad-answer', 'what answers on the control socket is no sheaf daemon');
  const length = /^content-length: *(\d+)/im.exec(head)?.[1];
  return { status: Number(status), contentLength: length === undefined ? null : Number(length) };
}

function open(home: string, path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') reject(noDaemon(home));
      else reject(new CommandFailure('connection-lost', `can't reach the daemon at ${path}: ${error.message}`));
    });
  });
}

/** The daemon's death shows as a reset or as a plain end, depending on the moment: both are an end here. */
async function* lossless(socket: Socket): AsyncGenerator<Buffer> {
  try {
    for await (const part of socket as AsyncIterable<Buffer>) yield part;
  } catch {
    socket.destroy();
  }
}

export function connectionLost(): CommandFailure {
  return new CommandFailure(
    'connection-lost',
    'the daemon ended before it answered; its log (daemon.log in the state directory) may say why',
  );
}
