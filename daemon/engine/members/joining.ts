import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { DecodedRecord } from '../../../protocol/membership-record.ts';
import type { DeviceAddresses, PairAccept, PairMessage, Reject } from '../../../protocol/message-types.ts';
import {
  boxCertificate,
  inviteIdOf,
  makeJoinProof,
  PAIR_NONCE_BYTES,
  type PairTranscript,
} from '../../../protocol/pairing.ts';
import type { Ticket } from '../../../protocol/ticket.ts';
import { acceptInvite, refusalMessage } from '../../core/pairing.ts';
import type { Clock } from '../../effects/clock.ts';
import type { Random } from '../../effects/random.ts';
import type { Device } from '../device.ts';
import type { PairChannel } from './pair-channel.ts';

/** A person waits for this; the other side answers within two round trips and a disk write. */
const ANSWER_MS = 15_000;
/** As is the dial; the addresses of a ticket share this. */
export const REACH_MS = 9_000;

/** What a successful pairing brings. */
export interface Joined {
  readonly records: readonly DecodedRecord[];
  readonly addresses: readonly DeviceAddresses[];
}

/** The joining side of pairing: one ticket, one inviter, two round trips. */
export class Joining {
  readonly ticket: Ticket;
  readonly #device: Device;
  readonly #clock: Clock;
  readonly #nonce: Uint8Array;
  #inviterNonce: Uint8Array | undefined;
  #settle: { resolve: (joined: Joined) => void; reject: (error: Error) => void } | undefined;

  constructor(ticket: Ticket, device: Device, clock: Clock, random: Random) {
    this.ticket = ticket;
    this.#device = device;
    this.#clock = clock;
    this.#nonce = random.bytes(PAIR_NONCE_BYTES);
  }

  get inviter(): DeviceId {
    return this.ticket.inviter;
  }

  /** Proves the ticket's secret over an open link. Rejects with a coded error that says what to do. */
  run(channel: PairChannel): Promise<Joined> {
    const invite = inviteIdOf(this.ticket.secret);
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(ANSWER_MS, () =>
        this.fail(new CodedError('no-answer', 'the other device is connected but does not answer: try again')),
      );
      this.#settle = {
        resolve: (joined) => {
          timer.cancel();
          resolve(joined);
        },
        reject: (error) => {
          timer.cancel();
          reject(error);
        },
      };
      channel.send({ kind: 'pair-open', invite, nonce: this.#nonce });
    });
  }

  fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  /** The inviter says in words why there will be no answer; the words are its own, so they are marked as such. */
  onReject({ message }: Reject): void {
    this.fail(new CodedError('join-refused', `the other device says: ${message}`));
  }

  onPair(channel: PairChannel, message: PairMessage): void {
    if (this.#settle === undefined) return;
    if (message.kind === 'pair-refuse') return this.fail(new CodedError(message.code, refusalMessage(message.code)));
    if (message.kind === 'pair-challenge') {
      this.#inviterNonce = message.nonce;
      channel.send({
        kind: 'pair-proof',
        invite: message.invite,
        mac: makeJoinProof(this.ticket.secret, this.#transcript(message.nonce)),
        deviceName: this.#device.name,
        boxPublicKey: this.#device.box.publicKey,
        certificate: boxCertificate(this.#device.signingKey, this.#device.box.publicKey),
      });
    }
    if (message.kind === 'pair-accept') this.#onAccept(message);
  }

  #transcript(inviterNonce: Uint8Array): PairTranscript {
    return {
      joiner: this.#device.id,
      inviter: this.ticket.inviter,
      joinerNonce: this.#nonce,
      inviterNonce,
      boxPublicKey: this.#device.box.publicKey,
      deviceName: this.#device.name,
    };
  }

  #onAccept(message: PairAccept): void {
    // Before its challenge there is nothing that it could have proved.
    if (this.#inviterNonce === undefined) return;
    try {
      const { accepted } = acceptInvite(this.ticket, this.#transcript(this.#inviterNonce), message);
      this.#settle?.resolve({ records: accepted, addresses: message.addresses });
      this.#settle = undefined;
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.fail(error);
    }
  }
}

/** What a failure to reach the inviter means for whoever holds its ticket. `error` is what `Network.connect` rejects with. */
export function explainUnreached(error: unknown): unknown {
  if (!(error instanceof CodedError)) return error;
  // An inviter without an open invite lets no stranger in, so this is how most used tickets show.
  if (error.code === 'refused') {
    return new CodedError(
      'invite-refused',
      'the other device has no open invite: this ticket was used already or has expired, ask for a new one',
      { cause: error },
    );
  }
  if (error.code !== 'unreachable' && error.code !== 'wrong-identity') return error;
  const message = `${error.message} A ticket holds the addresses of its time: if they have changed, ask for a new one.`;
  return new CodedError(error.code, message, { cause: error });
}
