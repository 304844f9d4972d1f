import { CodedError } from '../../protocol/errors.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import { decodeRecord, type DecodedRecord } from '../../protocol/membership-record.ts';
import type { DeviceAddresses, PairAccept, PairMessage } from '../../protocol/message-types.ts';
import {
  boxCertificate,
  checkInviteProof,
  inviteIdOf,
  makeJoinProof,
  PAIR_NONCE_BYTES,
  type PairRefusal,
  type PairTranscript,
} from '../../protocol/pairing.ts';
import type { Ticket } from '../../protocol/ticket.ts';
import { evaluateMembership } from '../core/membership.ts';
import type { Clock } from '../effects/clock.ts';
import type { Random } from '../effects/random.ts';
import type { Device } from './device.ts';
import type { Session } from './session.ts';

/** A person waits for this; the other side answers within two round trips and a disk write. */
const ANSWER_MS = 15_000;

/** What a successful pairing brings. */
export interface Joined {
  readonly records: readonly DecodedRecord[];
  readonly addresses: readonly DeviceAddresses[];
}

const REFUSALS: Readonly<Record<PairRefusal, string>> = {
  'invite-unknown': 'the other device does not know this invite: ask for a new ticket',
  'invite-used': 'this ticket was used already, and each is good for one device only: ask for a new ticket',
  'invite-expired': 'this ticket has expired: ask for a new one',
  'invite-wrong': 'the other device refused the proof: the ticket was changed on the way, ask for a new one',
};

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

  /** Proves the ticket's secret over an open session. Rejects with a coded error that says what to do. */
  run(session: Session): Promise<Joined> {
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
      session.send({ kind: 'pair-open', invite, nonce: this.#nonce });
    });
  }

  fail(error: Error): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  onPair(session: Session, message: PairMessage): void {
    if (message.kind === 'pair-refuse') return this.fail(new CodedError(message.code, REFUSALS[message.code]));
    if (message.kind === 'pair-challenge') {
      this.#inviterNonce = message.nonce;
      session.send({
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
    const { records, mac } = message;
    const proven =
      this.#inviterNonce !== undefined &&
      checkInviteProof(this.ticket.secret, this.#transcript(this.#inviterNonce), records, mac);
    if (!proven) {
      return this.fail(new CodedError('not-the-inviter', 'the other device could not prove that it made this ticket'));
    }
    const decoded = records.map(decodeRecord);
    const membership = evaluateMembership(decoded);
    const member = membership.members.some(({ device }) => device === this.#device.id);
    if (membership.folder !== this.ticket.folder || !member) {
      return this.fail(new CodedError('not-admitted', 'the other device answered for another folder: ask for a new ticket'));
    }
    this.#settle?.resolve({ records: decoded, addresses: message.addresses });
    this.#settle = undefined;
  }
}
