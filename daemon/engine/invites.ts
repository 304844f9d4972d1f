import { fromHex } from '../../protocol/bytes.ts';
import { decode, encode, readArray, readBytes } from '../../protocol/codec.ts';
import { sealEpoch } from '../../protocol/epoch-secret.ts';
import { CodedError } from '../../protocol/errors.ts';
import { frontierHash } from '../../protocol/frontier.ts';
import type { DeviceId } from '../../protocol/ids.ts';
import type { Role } from '../../protocol/local-api.ts';
import type { SealedEpoch } from '../../protocol/membership-types.ts';
import type { DeviceAddresses, PairMessage, PairOpen, PairProof } from '../../protocol/message-types.ts';
import {
  checkBoxCertificate,
  checkJoinProof,
  INVITE_SECRET_BYTES,
  inviteIdOf,
  makeInviteProof,
  PAIR_NONCE_BYTES,
  type InviteId,
  type PairRefusal,
} from '../../protocol/pairing.ts';
import { holdsKeys } from '../../protocol/roles.ts';
import { encodeTicket, TICKET_MAX_ADDRESSES } from '../../protocol/ticket.ts';
import { folderKey } from '../store/keys.ts';
import type { FolderContext } from './context.ts';
import type { Session } from './session.ts';

/** Folders that may hold an invite, and what the daemon knows beside. */
export interface InviteHost {
  contexts(): readonly FolderContext[];
  addresses(): readonly string[];
  addressesOf(devices: readonly DeviceId[]): readonly DeviceAddresses[];
  /** A device was admitted: its session may now talk about the folder. */
  admitted(session: Session, context: FolderContext): void;
}

interface Attempt {
  readonly open: PairOpen;
  readonly nonce: Uint8Array;
}

/** The inviting side of pairing: makes tickets, checks proofs, admits. */
export class Invites {
  readonly #host: InviteHost;
  /** One attempt a session at a time. */
  readonly #attempts = new Map<Session, Attempt>();

  constructor(host: InviteHost) {
    this.#host = host;
  }

  /** True while a device that is no member may connect, to join. */
  get open(): boolean {
    return this.#host.contexts().some((context) => this.#openInvites(context).length > 0);
  }

  #openInvites(context: FolderContext): readonly InviteId[] {
    const now = context.clock.now();
    return context.membership.current.invites
      .filter(({ author, state, expires }) => author === context.device.id && state === 'open' && expires > now)
      .map(({ invite }) => invite);
  }

  /** Signs an invite and returns the ticket. Throws when this device may not admit with that role. */
  async make(context: FolderContext, role: Role, expiresMs: number): Promise<{ ticket: string; expires: number }> {
    const { clock, random, membership, device, config, feeds } = context;
    const addresses = this.#host.addresses().slice(0, TICKET_MAX_ADDRESSES);
    const secret = random.bytes(INVITE_SECRET_BYTES);
    const invite = inviteIdOf(secret);
    // Tickets tell seconds; the record must not end before the ticket says so.
    const expires = Math.ceil((clock.now() + expiresMs) / 1000) * 1000;
    const key = folderKey('i', context.index.number, fromHex(invite));
    try {
      await membership.write({ kind: 'invite', invite, role, expires }, clock.now(), [
        { kind: 'put', key, value: encode([1, secret]) },
      ]);
    } catch (error) {
      const own = membership.role(device.id);
      throw new CodedError(
        'not-allowed',
        `as ${own ?? 'no member'} of ${config.name} this device can not invite a ${role}: ask a member with that role or a higher one`,
        { cause: error },
      );
    }
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

  forget(session: Session): void {
    this.#attempts.delete(session);
  }

  async onPair(session: Session, message: PairMessage): Promise<void> {
    if (message.kind === 'pair-open') return this.#onOpen(session, message);
    if (message.kind === 'pair-proof') return this.#onProof(session, message);
  }

  #onOpen(session: Session, open: PairOpen): void {
    const context = this.#find(open.invite);
    const refusal = context === undefined ? 'invite-unknown' : this.#refusal(context, open.invite);
    if (context === undefined || refusal !== undefined) return this.#refuse(session, open.invite, refusal ?? 'invite-unknown', context);
    const nonce = context.random.bytes(PAIR_NONCE_BYTES);
    this.#attempts.set(session, { open, nonce });
    session.send({ kind: 'pair-challenge', invite: open.invite, nonce });
  }

  #find(invite: InviteId): FolderContext | undefined {
    return this.#host.contexts().find((context) => this.#secret(context, invite) !== undefined);
  }

  #secret(context: FolderContext, invite: InviteId): Uint8Array | undefined {
    const row = context.store.get(folderKey('i', context.index.number, fromHex(invite)));
    return row === undefined ? undefined : readBytes(readArray(decode(row), 2)[1], INVITE_SECRET_BYTES);
  }

  #refusal(context: FolderContext, invite: InviteId): PairRefusal | undefined {
    const known = context.membership.current.invites.find((each) => each.invite === invite);
    if (known === undefined) return 'invite-unknown';
    if (known.state !== 'open') return 'invite-used';
    return known.expires <= context.clock.now() ? 'invite-expired' : undefined;
  }

  #refuse(session: Session, invite: InviteId, code: PairRefusal, context: FolderContext | undefined): void {
    this.#attempts.delete(session);
    context?.emit('invite-refused', { device: session.device, detail: { code } });
    session.send({ kind: 'pair-refuse', invite, code });
  }

  async #onProof(session: Session, proof: PairProof): Promise<void> {
    const attempt = this.#attempts.get(session);
    this.#attempts.delete(session);
    const context = this.#find(proof.invite);
    const secret = context === undefined ? undefined : this.#secret(context, proof.invite);
    if (context === undefined || secret === undefined || attempt?.open.invite !== proof.invite) {
      return this.#refuse(session, proof.invite, 'invite-unknown', context);
    }
    const { boxPublicKey, deviceName, certificate } = proof;
    const transcript = {
      joiner: session.device,
      inviter: context.device.id,
      joinerNonce: attempt.open.nonce,
      inviterNonce: attempt.nonce,
      boxPublicKey,
      deviceName,
    };
    if (!checkJoinProof(secret, transcript, proof.mac)) return this.#refuse(session, proof.invite, 'invite-wrong', context);
    if (!checkBoxCertificate(session.device, boxPublicKey, certificate)) {
      return this.#refuse(session, proof.invite, 'invite-wrong', context);
    }
    const refusal = await context.turn.take(() => this.#admit(session, context, proof));
    if (refusal !== undefined) return this.#refuse(session, proof.invite, refusal, context);
    const records = context.membership.current.accepted.map(({ bytes }) => bytes);
    const devices = context.membership.current.members.map(({ device }) => device);
    session.send({
      kind: 'pair-accept',
      invite: proof.invite,
      mac: makeInviteProof(secret, transcript, records),
      records,
      addresses: this.#host.addressesOf(devices),
    });
    context.emit('invite-used', { device: session.device, detail: { name: deviceName } });
    context.emit('member-joined', { device: session.device, detail: { name: deviceName } });
    this.#host.admitted(session, context);
  }

  /** Durable before the joiner hears of it: an invite is never good twice. */
  async #admit(session: Session, context: FolderContext, proof: PairProof): Promise<PairRefusal | undefined> {
    const refusal = this.#refusal(context, proof.invite);
    if (refusal !== undefined) return refusal;
    const { membership, clock, device } = context;
    const invite = membership.current.invites.find((each) => each.invite === proof.invite);
    if (invite === undefined) return 'invite-unknown';
    const already = membership.role(session.device);
    if (already !== undefined) return undefined;
    const sealed: SealedEpoch[] = holdsKeys(invite.role)
      ? [...membership.secrets()]
          .toSorted(([a], [b]) => a - b)
          .map(([epoch, secret]) => ({ epoch, ...sealEpoch(secret, epoch, proof.boxPublicKey, device.box.secretKey) }))
      : [];
    await membership.write(
      {
        kind: 'add',
        device: session.device,
        deviceName: proof.deviceName,
        boxPublicKey: proof.boxPublicKey,
        certificate: proof.certificate,
        role: invite.role,
        sealed,
        invite: proof.invite,
      },
      clock.now(),
    );
    return undefined;
  }
}
