import { fromHex } from '../../../protocol/bytes.ts';
import { decode, encode, readArray, readBytes } from '../../../protocol/codec.ts';
import { CodedError } from '../../../protocol/errors.ts';
import { frontierHash } from '../../../protocol/frontier.ts';
import type { DeviceId } from '../../../protocol/ids.ts';
import type { Role } from '../../../protocol/local-api.ts';
import type { DeviceAddresses, PairMessage, PairOpen, PairProof } from '../../../protocol/message-types.ts';
import {
  INVITE_SECRET_BYTES,
  type InviteId,
  inviteIdOf,
  makeInviteProof,
  PAIR_NONCE_BYTES,
  type PairRefusal,
  type PairTranscript,
} from '../../../protocol/pairing.ts';
import { encodeTicket, TICKET_MAX_ADDRESSES } from '../../../protocol/ticket.ts';
import { addBody } from '../../core/membership-drafts.ts';
import { admissionMessage, type OpenInvite, refusesInvite, refusesJoin } from '../../core/pairing.ts';
import { folderKey } from '../../store/keys.ts';
import type { FolderContext } from '../context.ts';
import { Turn } from '../turn.ts';
import { RecordRefused } from './membership.ts';
import type { PairChannel } from './pair-channel.ts';

/** Folders that may hold an invite, and what the daemon knows beside. */
export interface InviteHost {
  contexts(): readonly FolderContext[];
  addresses(): readonly string[];
  addressesOf(devices: readonly DeviceId[]): readonly DeviceAddresses[];
  /** Membership records were written here: members have to hear of them, and who was admitted may now talk. */
  recorded(context: FolderContext): void;
}

interface Attempt {
  readonly open: PairOpen;
  readonly nonce: Uint8Array;
}

interface Found {
  readonly context: FolderContext;
  readonly role: Role;
  readonly invite: OpenInvite;
}

/** The inviting side of pairing: makes tickets, checks proofs, admits. */
export class Invites {
  readonly #host: InviteHost;
  /** One attempt a link at a time; each nonce of ours answers one proof. */
  readonly #attempts = new Map<PairChannel, Attempt>();
  /** One proof at a time: two devices that show one ticket together must not both find it unused. */
  readonly #turn = new Turn();

  constructor(host: InviteHost) {
    this.#host = host;
  }

  /** True while a device that is no member may connect, to join. */
  get open(): boolean {
    return this.#host
      .contexts()
      .some(({ membership, device, clock }) =>
        membership.current.invites.some(
          ({ author, state, expires }) => author === device.id && state === 'open' && clock.now() <= expires,
        ),
      );
  }

  /** Signs an invite and returns the ticket. Throws 'not-allowed' when this device may not admit with that role. */
  async make(context: FolderContext, role: Role, expiresMs: number): Promise<{ ticket: string; expires: number }> {
    const { clock, random, membership, device, config, feeds } = context;
    const addresses = this.#host.addresses().slice(0, TICKET_MAX_ADDRESSES);
    const secret = random.bytes(INVITE_SECRET_BYTES);
    const invite = inviteIdOf(secret);
    // Tickets tell seconds; the record must not end before the ticket says so.
    const expires = Math.ceil((clock.now() + expiresMs) / 1000) * 1000;
    try {
      await membership.write({ kind: 'invite', invite, role, expires }, clock.now(), [
        { kind: 'put', key: secretKey(context, invite), value: encode([1, secret]) },
      ]);
    } catch (error) {
      if (!(error instanceof RecordRefused)) throw error;
      const own = membership.role(device.id);
      throw new CodedError(
        'not-allowed',
        `as ${own ?? 'no member'} of ${config.name} this device can not invite a ${role}: ask a member with that role or a higher one`,
        { cause: error },
      );
    }
    this.#host.recorded(context);
    const ticket = encodeTicket({
      inviter: device.id,
      addresses,
      secret,
      folder: config.folder,
      folderName: config.name,
      role,
      expires: expires / 1000,
      frontierHash: frontierHash(feeds.frontier()),
    });
    return { ticket, expires };
  }

  forget(channel: PairChannel): void {
    this.#attempts.delete(channel);
  }

  async onPair(channel: PairChannel, message: PairMessage): Promise<void> {
    if (message.kind === 'pair-open') return this.#onOpen(channel, message);
    if (message.kind === 'pair-proof') return this.#turn.take(() => this.#onProof(channel, message));
  }

  #onOpen(channel: PairChannel, open: PairOpen): void {
    const found = this.#find(open.invite);
    if (found === undefined) return this.#refuse(channel, open.invite, 'invite-unknown', undefined);
    const { clock, random } = found.context;
    const refusal = refusesInvite(found.invite, clock.now());
    if (refusal !== undefined) return this.#refuse(channel, open.invite, refusal, found.context);
    const nonce = random.bytes(PAIR_NONCE_BYTES);
    this.#attempts.set(channel, { open, nonce });
    channel.send({ kind: 'pair-challenge', invite: open.invite, nonce });
  }

  /** Secrets stay here; what became of an invite is in the membership, which all members see. */
  #find(id: InviteId): Found | undefined {
    for (const context of this.#host.contexts()) {
      const row = context.store.get(secretKey(context, id));
      const known = context.membership.current.invites.find(({ invite }) => invite === id);
      if (row === undefined || known === undefined) continue;
      const secret = readBytes(readArray(decode(row), 2)[1], INVITE_SECRET_BYTES);
      const { role, expires, state } = known;
      return { context, role, invite: { secret, expires, used: state !== 'open' } };
    }
    return undefined;
  }

  #refuse(channel: PairChannel, invite: InviteId, code: PairRefusal, context: FolderContext | undefined): void {
    this.#attempts.delete(channel);
    context?.emit('invite-refused', { device: channel.device, detail: { code } });
    channel.send({ kind: 'pair-refuse', invite, code });
  }

  async #onProof(channel: PairChannel, proof: PairProof): Promise<void> {
    const attempt = this.#attempts.get(channel);
    this.#attempts.delete(channel);
    const found = this.#find(proof.invite);
    if (found === undefined || attempt?.open.invite !== proof.invite) {
      return this.#refuse(channel, proof.invite, 'invite-unknown', found?.context);
    }
    const { context, invite } = found;
    const transcript: PairTranscript = {
      joiner: channel.device,
      inviter: context.device.id,
      joinerNonce: attempt.open.nonce,
      inviterNonce: attempt.nonce,
      boxPublicKey: proof.boxPublicKey,
      deviceName: proof.deviceName,
    };
    const refusal = refusesJoin(invite, context.clock.now(), transcript, proof);
    if (refusal !== undefined) return this.#refuse(channel, proof.invite, refusal, context);
    if (!(await this.#admit(channel, found, proof))) return;
    const { membership, emit } = context;
    const records = membership.current.accepted.map(({ bytes }) => bytes);
    const mac = makeInviteProof(invite.secret, transcript, records);
    const addresses = this.#host.addressesOf(membership.current.members.map(({ device }) => device));
    channel.send({ kind: 'pair-accept', invite: proof.invite, mac, records, addresses });
    emit('invite-used', { device: channel.device, detail: { name: proof.deviceName } });
    this.#host.recorded(context);
  }

  /** Durable before the joiner hears of it: an invite is never good twice. False when the rules do not let it in. */
  async #admit(channel: PairChannel, { context, role }: Found, proof: PairProof): Promise<boolean> {
    const { membership, clock, config, emit } = context;
    const { device } = channel;
    const { invite, deviceName, boxPublicKey, certificate } = proof;
    if (membership.isMember(device)) {
      // It lost or removed the folder and joins again: its place and role are as they were, and the invite is spent.
      await membership.write({ kind: 'invite-revoke', invite }, clock.now());
      return true;
    }
    const joiner = { device, deviceName, boxPublicKey, certificate, role, invite };
    try {
      await membership.write(addBody(membership.current, membership.holder, joiner), clock.now());
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const why = error instanceof RecordRefused ? admissionMessage(config.name, error.reason) : error.message;
      const code = error instanceof RecordRefused ? 'not-admitted' : error.code;
      emit('invite-refused', { device, detail: { code, why } });
      channel.send({ kind: 'reject', folder: null, code, message: why });
      return false;
    }
    emit('member-joined', { device, detail: { name: deviceName } });
    return true;
  }
}

function secretKey({ index }: FolderContext, invite: InviteId): Uint8Array {
  return folderKey('i', index.number, fromHex(invite));
}
