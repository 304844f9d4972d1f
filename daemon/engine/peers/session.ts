import { decodeChunkFrame, encodeChunkFrame, isChunkFrame } from '../../../protocol/chunk-frame.ts';
import { CodedError, FormatError } from '../../../protocol/errors.ts';
import type { DeviceId, FolderId } from '../../../protocol/ids.ts';
import type {
  FolderMessage,
  Hello,
  Message,
  PairMessage,
  Reject,
  WantChunks,
  WantedChunk,
} from '../../../protocol/message-types.ts';
import { decodeMessage, encodeMessage, PROTOCOL_VERSION } from '../../../protocol/messages.ts';
import type { Logger } from '../../effects/logger.ts';
import type { Lane, Link, LinkHandler } from '../../effects/network.ts';
import type { Answer } from '../transfer/chunk-source.ts';
import type { Answers } from '../transfer/serve.ts';
import { FrameQueue } from './frame-queue.ts';

/** Answers waiting to be sent to one peer: enough to keep a fast link busy, and all the memory a stalled one gets. */
const SEND_AHEAD_BYTES = 2 * 1024 * 1024;
/** While so much waits to be sent to a peer, nothing more that it says is looked at: it may be asking and never reading. */
const CONTROL_AHEAD_BYTES = 4 * 1024 * 1024;
/** A peer that has left so much unread is sent away; it hears the rest when it comes back. */
const UNREAD_BYTES = 64 * 1024 * 1024;

/** Who acts on what a peer says. */
export interface SessionHandler {
  onHello(session: Session, hello: Hello): void;
  onPair(session: Session, message: PairMessage): Promise<void>;
  onReject(session: Session, message: Reject): void;
  onFolder(session: Session, message: Exclude<FolderMessage, WantChunks>): Promise<void>;
  /** Chunks of a folder for a peer; empty when it may not have them. */
  serve(session: Session, message: WantChunks): AsyncGenerator<Answers>;
  onClosed(session: Session, reason: string): void;
}

interface PendingRequest {
  readonly onAnswers: (frame: Uint8Array, answers: readonly Answer[]) => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  left: number;
  working: Promise<void>;
}

/** One connected device: frames into messages, requests into answers. Knows nothing of folders but their ids. */
export class Session implements LinkHandler {
  readonly #link: Link;
  readonly #handler: SessionHandler;
  readonly #logger: Logger;
  readonly #requests = new Map<number, PendingRequest>();
  /** Requests for chunks, and the numbers of those that are not answered yet. */
  readonly #toServe = new FrameQueue();
  readonly #open = new Set<number>();
  readonly #cancelled = new Set<number>();
  #serving = false;
  #nextRequest = 1;
  #closed = false;
  /** Messages are handled one after another, in the order they came. */
  readonly #inbox = new FrameQueue();
  #handling = false;
  hello: Hello | undefined;

  constructor(link: Link, handler: SessionHandler, logger: Logger) {
    this.#link = link;
    this.#handler = handler;
    this.#logger = logger;
  }

  get device(): DeviceId {
    return this.#link.device;
  }

  get link(): Link {
    return this.#link;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(message: Message): void {
    this.#link.send('control', encodeMessage(message));
    if (this.#link.queuedBytes('control') > UNREAD_BYTES) this.#link.close('it does not read what it is sent');
  }

  /** True while the peer does not keep up with what it is sent: let it ask for more. */
  get backlogged(): boolean {
    return this.#link.queuedBytes('control') > CONTROL_AHEAD_BYTES;
  }

  /** Asks for chunks of one folder; see `ChunkSource.request`. */
  requestFrom(
    folder: FolderId,
    epoch: number,
    items: readonly WantedChunk[],
    onAnswers: PendingRequest['onAnswers'],
    withdrawn: Promise<void>,
  ): Promise<void> {
    if (this.#closed) return Promise.reject(new CodedError('peer-gone', 'the peer has disconnected'));
    const request = this.#nextRequest;
    this.#nextRequest = (this.#nextRequest + 1) % 2 ** 32;
    return new Promise((resolve, reject) => {
      this.#requests.set(request, { onAnswers, resolve, reject, left: items.length, working: Promise.resolve() });
      this.send({ kind: 'want-chunks', request, folder, epoch, items });
      void withdrawn.then(() => this.#withdraw(request));
    });
  }

  #withdraw(request: number): void {
    const pending = this.#requests.get(request);
    if (pending === undefined) return;
    this.#requests.delete(request);
    this.send({ kind: 'cancel', request });
    // What has come of it is still being put on disk.
    pending.working.then(pending.resolve, pending.reject);
  }

  onFrame(_lane: Lane, frame: Uint8Array): void {
    try {
      if (isChunkFrame(frame)) this.#onChunks(frame);
      else this.#onMessage(decodeMessage(frame), frame);
    } catch (error) {
      this.#fault(error);
    }
  }

  onClosed(reason: string): void {
    this.#closed = true;
    for (const request of this.#requests.values()) request.reject(new CodedError('peer-gone', reason));
    this.#requests.clear();
    this.#toServe.clear();
    this.#handler.onClosed(this, reason);
  }

  /** Bytes that make no sense end the link; anything else is a bug here, and is logged as one. */
  #fault(error: unknown): void {
    if (this.#closed) return;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof FormatError) {
      this.#logger.warn('closing a link: the peer sent what no sheaf sends', { device: this.device, message });
      this.#link.close(`malformed: ${message}`);
    } else this.#logger.error('a message could not be handled', { device: this.device, message });
  }

  #onChunks(frame: Uint8Array): void {
    const { request, items } = decodeChunkFrame(frame);
    const pending = this.#requests.get(request);
    if (pending === undefined) return;
    pending.left -= items.length;
    if (pending.left < 0) throw new FormatError('chunk frame: more answers than were asked for');
    const done = pending.left === 0;
    if (done) this.#requests.delete(request);
    pending.working = pending.working.then(() => pending.onAnswers(frame, items));
    if (done) pending.working.then(pending.resolve, pending.reject);
    else pending.working.catch((error: unknown) => this.#fault(error));
  }

  #onMessage(message: Message, frame: Uint8Array): void {
    switch (message.kind) {
      case 'hello':
        return this.#onHello(message);
      case 'want-chunks':
        this.#toServe.push(frame);
        this.#open.add(message.request);
        if (!this.#serving) void this.#serve();
        return;
      case 'cancel':
        if (this.#open.has(message.request)) this.#cancelled.add(message.request);
        return;
      case 'reject':
        this.#logger.info('a peer refused', { device: this.device, code: message.code, message: message.message });
        return this.#handler.onReject(this, message);
      default:
        this.#inbox.push(frame);
        if (!this.#handling) void this.#handleAll();
    }
  }

  async #handleAll(): Promise<void> {
    this.#handling = true;
    // Never in the middle of what the link is doing.
    await Promise.resolve();
    for (let frame = this.#inbox.take(); frame !== undefined; frame = this.#inbox.take()) {
      try {
        await this.#handle(decodeMessage(frame));
        await this.#link.drained('control', CONTROL_AHEAD_BYTES);
      } catch (error) {
        this.#fault(error);
      }
    }
    this.#handling = false;
  }

  async #handle(message: Message): Promise<void> {
    if (isPairing(message)) await this.#handler.onPair(this, message);
    else if (isAboutFolder(message) && message.kind !== 'want-chunks') await this.#handler.onFolder(this, message);
  }

  #onHello(hello: Hello): void {
    if (this.hello !== undefined) throw new FormatError('a second hello');
    if (hello.protocol !== PROTOCOL_VERSION) {
      const message = `this device speaks protocol ${PROTOCOL_VERSION}, not ${hello.protocol}: update the older sheaf`;
      this.send({ kind: 'reject', folder: null, code: 'protocol-version', message });
      this.#link.close(message);
      return;
    }
    this.hello = hello;
    this.#handler.onHello(this, hello);
  }

  /** One request at a time; the next frame is read from disk while the last one leaves. */
  async #serve(): Promise<void> {
    this.#serving = true;
    try {
      for (let frame = this.#toServe.take(); frame !== undefined; frame = this.#toServe.take()) {
        const message = decodeMessage(frame);
        if (message.kind !== 'want-chunks') continue;
        try {
          await this.#answer(message);
        } catch (error) {
          this.#fault(error);
        } finally {
          this.#open.delete(message.request);
          this.#cancelled.delete(message.request);
        }
      }
    } finally {
      this.#serving = false;
    }
  }

  async #answer(message: WantChunks): Promise<void> {
    for await (const answers of this.#handler.serve(this, message)) {
      await this.#link.drained('bulk', SEND_AHEAD_BYTES);
      if (this.#closed || this.#cancelled.has(message.request)) return;
      this.#link.send('bulk', ...encodeChunkFrame({ request: message.request, items: answers }));
    }
  }
}

function isPairing(message: Message): message is PairMessage {
  return message.kind.startsWith('pair-');
}

function isAboutFolder(message: Message): message is FolderMessage {
  return 'folder' in message && message.kind !== 'reject';
}
