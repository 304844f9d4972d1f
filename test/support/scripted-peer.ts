import { randomBytes } from 'node:crypto';
import { epochSecretsFor } from '../../daemon/core/epoch-secrets.ts';
import { evaluateMembership, type Membership } from '../../daemon/core/membership.ts';
import type { Lane } from '../../daemon/effects/network.ts';
import { withPeer } from '../../daemon/node/network/addresses.ts';
import { frameHeader, HEARTBEAT_BYTES } from '../../daemon/node/network/frames.ts';
import { BULK_PROTOCOL, CONTROL_PROTOCOL } from '../../daemon/node/network/greeting.ts';
import { encodeHello } from '../../daemon/node/network/hello.ts';
import { LaneReader } from '../../daemon/node/network/lane-reader.ts';
import { createNode } from '../../daemon/node/network/libp2p-node.ts';
import type { Connection, Stream } from '../../daemon/node/network/libp2p-types.ts';
import { toHex } from '../../protocol/bytes.ts';
import { type ChunkAnswer, decodeChunkFrame, isChunkFrame } from '../../protocol/chunk-frame.ts';
import { boxKeyPairFromSeed, type SigningKey, signingKeyFromSeed } from '../../protocol/crypto.ts';
import type { DeviceId, InstanceId } from '../../protocol/ids.ts';
import { decodeRecord } from '../../protocol/membership-record.ts';
import { decodeMessage, encodeMessage, type Message, PROTOCOL_VERSION } from '../../protocol/messages.ts';
import { boxCertificate, inviteIdOf, makeJoinProof } from '../../protocol/pairing.ts';
import { decodeTicket } from '../../protocol/ticket.ts';

const POLL_MS = 5;
const PATIENCE_MS = 60_000;
/** Far more often than a link needs. */
const HEARTBEAT_MS = 3000;

/** What a peer gets for a ticket. */
export interface JoinedFolder {
  readonly membership: Membership;
  /** By epoch. */
  readonly secrets: ReadonlyMap<number, Uint8Array>;
}

/** Somebody who has a device's keys, speaks the project's transport, and says on it whatever a test wants. */
export interface ScriptedPeer {
  readonly device: DeviceId;
  readonly instance: InstanceId;
  readonly signingKey: SigningKey;
  /** All messages and chunk answers so far, oldest first. */
  readonly heard: readonly Message[];
  readonly chunks: readonly ChunkAnswer[];
  /** False once either side has ended the connection. */
  connected(): boolean;
  /** Dials a daemon and agrees on a link; says hello on it unless told not to. Rejects when it is not let in. */
  dial(address: string, device: DeviceId, options?: { readonly silent?: boolean }): Promise<void>;
  say(message: Message): void;
  /** One frame with these bytes. */
  sayBytes(lane: Lane, bytes: Uint8Array): void;
  /** Bytes as they are, not in a frame. */
  sayRaw(lane: Lane, bytes: Uint8Array): void;
  /** Reads nothing any more: what the daemon sends piles up. */
  turnDeaf(): void;
  /** The first message of the kind, from now on or already heard. */
  hear<Kind extends Message['kind']>(kind: Kind): Promise<Extract<Message, { kind: Kind }>>;
  forget(): void;
  until(what: string, condition: () => boolean): Promise<void>;
  /** Pairs over an open link as any joiner does. */
  join(ticket: string): Promise<JoinedFolder>;
  hangUp(): Promise<void>;
  close(): Promise<void>;
}

export async function createScriptedPeer(seedLabel: number): Promise<ScriptedPeer> {
  const identitySeed = new Uint8Array(32).fill(seedLabel);
  const signingKey = signingKeyFromSeed(identitySeed);
  const box = boxKeyPairFromSeed(new Uint8Array(32).fill(seedLabel + 1));
  const device = toHex(signingKey.publicKey) as DeviceId;
  const instance = toHex(randomBytes(16)) as InstanceId;
  const { node } = await createNode({
    identitySeed,
    listen: [],
    admit: () => true,
    onSocket: () => undefined,
    serviceTag: undefined,
    onDiscovered: () => undefined,
  });
  await node.start();
  let connection: Connection | undefined;
  let lanes: Readonly<Record<Lane, Stream>> | undefined;
  let readers: readonly LaneReader[] = [];
  let dials = 0;
  const heard: Message[] = [];
  const chunks: ChunkAnswer[] = [];

  const take = (frame: Uint8Array): void => {
    if (isChunkFrame(frame)) chunks.push(...decodeChunkFrame(frame).items);
    else heard.push(decodeMessage(frame));
  };
  const connected = (): boolean => connection?.status === 'open' && lanes?.control.status === 'open';
  const sayRaw = (lane: Lane, bytes: Uint8Array): void => {
    if (connected()) lanes?.[lane].send(bytes);
  };
  const sayBytes = (lane: Lane, bytes: Uint8Array): void => {
    sayRaw(lane, new Uint8Array(Buffer.concat([frameHeader(bytes.length), bytes])));
  };
  const say = (message: Message): void => sayBytes('control', encodeMessage(message));
  const until = async (what: string, condition: () => boolean): Promise<void> => {
    for (let waitedMs = 0; !condition(); waitedMs += POLL_MS) {
      if (waitedMs > PATIENCE_MS) throw new Error(`did not happen: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  const hear = async <Kind extends Message['kind']>(kind: Kind): Promise<Extract<Message, { kind: Kind }>> => {
    const found = (): Message | undefined => heard.find((message) => message.kind === kind);
    const refused = (): boolean => kind === 'pair-challenge' && heard.some((message) => message.kind === 'pair-refuse');
    await until(`a ${kind}`, () => found() !== undefined || refused() || !connected());
    const message = found();
    if (message === undefined) throw new Error(`the daemon refused or hung up instead of saying ${kind}`);
    return message as Extract<Message, { kind: Kind }>;
  };
  const beat = setInterval(() => sayRaw('control', HEARTBEAT_BYTES), HEARTBEAT_MS);

  return {
    device,
    instance,
    signingKey,
    heard,
    chunks,
    connected,
    say,
    sayBytes,
    sayRaw,
    until,
    hear,
    async dial(address, target, { silent = false } = {}) {
      connection = await node.dial(withPeer(address, target), { force: true });
      const [control, bulk] = await Promise.all([
        connection.newStream(CONTROL_PROTOCOL),
        connection.newStream(BULK_PROTOCOL),
      ]);
      lanes = { control, bulk };
      let greeted = false;
      readers = [control, bulk].map((stream) => new LaneReader(stream));
      readers.forEach((reader, index) => {
        reader.deliverTo(
          (frame) => {
            // The first frame on control is the transport's own hello.
            if (index === 0 && !greeted) greeted = true;
            else take(frame);
          },
          () => undefined,
        );
      });
      dials += 1;
      sayBytes('control', encodeHello({ instance, dials }));
      await until('an answer to the dial', () => greeted || !connected());
      if (!greeted) throw new Error('the daemon did not let the peer in');
      if (silent) return;
      say({
        kind: 'hello',
        protocol: PROTOCOL_VERSION,
        instance,
        deviceName: 'scripted',
        addresses: [],
        time: Date.now(),
      });
      await hear('hello');
    },
    turnDeaf() {
      for (const reader of readers) reader.stop();
      lanes?.control.pause();
      lanes?.bulk.pause();
    },
    forget() {
      heard.length = 0;
      chunks.length = 0;
    },
    async join(text) {
      const ticket = decodeTicket(text);
      const invite = inviteIdOf(ticket.secret);
      const joinerNonce = new Uint8Array(randomBytes(32));
      say({ kind: 'pair-open', invite, nonce: joinerNonce });
      const { nonce: inviterNonce } = await hear('pair-challenge');
      const deviceName = `scripted ${seedLabel}`;
      const transcript = {
        joiner: device,
        inviter: ticket.inviter,
        joinerNonce,
        inviterNonce,
        boxPublicKey: box.publicKey,
        deviceName,
      };
      say({
        kind: 'pair-proof',
        invite,
        mac: makeJoinProof(ticket.secret, transcript),
        deviceName,
        boxPublicKey: box.publicKey,
        certificate: boxCertificate(signingKey, box.publicKey),
      });
      const { records } = await hear('pair-accept');
      const membership = evaluateMembership(records.map(decodeRecord));
      return { membership, secrets: epochSecretsFor(membership, device, box.secretKey) };
    },
    async hangUp() {
      // Not in good order: the other side may not be able to say goodbye.
      connection?.abort(new Error('enough'));
    },
    async close() {
      clearInterval(beat);
      await node.stop();
    },
  };
}
