import { fromHex } from '../../../protocol/bytes.ts';
import { deriveEpochKeys, type EpochKeys } from '../../../protocol/epoch.ts';
import { CodedError, FormatError } from '../../../protocol/errors.ts';
import type { DeviceId, RecordId } from '../../../protocol/ids.ts';
import type { Role } from '../../../protocol/local-api.ts';
import { type DecodedRecord, decodeRecord, makeRecord } from '../../../protocol/membership-record.ts';
import { type MembershipBody, RECORDS_MAX } from '../../../protocol/membership-types.ts';
import { isAtLeast } from '../../../protocol/roles.ts';
import { epochSecretsFor } from '../../core/epoch-secrets.ts';
import { evaluateMembership, type Membership, type Refusal } from '../../core/membership.ts';
import { draftRecord, type KeyHolder, owedKeys } from '../../core/membership-drafts.ts';
import { isTooMuchHistory, membershipAt, recordsBeyond } from '../../core/membership-history.ts';
import type { KeyValueStore, Operation } from '../../effects/key-value-store.ts';
import { folderKey } from '../../store/keys.ts';
import { rowsUnder } from '../../store/pages.ts';
import { authorOf, type Device } from '../device.ts';

/** Pasts of log entries kept at hand: most entries of a while name the same heads. */
const PASTS_KEPT = 64;

/** The rules of the folder do not let this device sign such a record. */
export class RecordRefused extends CodedError {
  readonly reason: Refusal;

  constructor(folderName: string, kind: MembershipBody['kind'], reason: Refusal) {
    super('not-allowed', `the rules of ${folderName} do not let this device do that (${kind}: ${reason})`);
    this.name = 'RecordRefused';
    this.reason = reason;
  }
}

/** Who belongs to one folder, and the keys that this device has been given. */
export class FolderMembership {
  readonly #store: KeyValueStore;
  readonly #number: number;
  readonly #device: Device;
  readonly #records = new Map<RecordId, DecodedRecord>();
  #membership: Membership;
  #secrets: ReadonlyMap<number, Uint8Array> = new Map();
  readonly #keys = new Map<number, EpochKeys>();
  /** What authors knew, by the heads they named. */
  readonly #pasts = new Map<string, Membership>();

  private constructor(store: KeyValueStore, number: number, device: Device, records: readonly DecodedRecord[]) {
    this.#store = store;
    this.#number = number;
    this.#device = device;
    for (const record of records) this.#records.set(record.id, record);
    this.#membership = evaluateMembership(records);
    this.#openSecrets();
  }

  static async load(store: KeyValueStore, number: number, device: Device): Promise<FolderMembership> {
    const rows = await rowsUnder(store, folderKey('p', number));
    return new FolderMembership(
      store,
      number,
      device,
      rows.map(([, bytes]) => decodeRecord(bytes)),
    );
  }

  /** The rows of a folder's first records, before there is a membership to load. */
  static firstRows(number: number, records: readonly DecodedRecord[]): readonly Operation[] {
    return records.map((record) => recordRow(number, record));
  }

  get current(): Membership {
    return this.#membership;
  }

  role(device: DeviceId): Role | undefined {
    return roleIn(this.#membership, device);
  }

  isMember(device: DeviceId): boolean {
    return this.role(device) !== undefined;
  }

  /** True when the device may change files. */
  mayWrite(device: DeviceId): boolean {
    return mayWriteIn(this.#membership, device);
  }

  /**
   * True when the device could change files by all that somebody knew whose heads these were: an answer that never
   * changes, and is the same on every device. Undefined while one of the heads is not known here.
   */
  mayWriteAt(device: DeviceId, heads: readonly RecordId[]): boolean | undefined {
    if (heads.length === 0) return false;
    const name = heads.join();
    const past = this.#pasts.get(name) ?? membershipAt(this.#membership, heads);
    if (past === undefined) return undefined;
    this.#pasts.delete(name);
    this.#pasts.set(name, past);
    const [oldest] = this.#pasts.keys();
    if (this.#pasts.size > PASTS_KEPT && oldest !== undefined) this.#pasts.delete(oldest);
    return mayWriteIn(past, device);
  }

  /** A device's name from the `author` of a content; for conflict names, so the same on every device. */
  nameOf(author: string): string {
    return this.#membership.members.find((member) => authorOf(member.device) === author)?.name ?? author.slice(0, 8);
  }

  /** Keys of an epoch; undefined when nobody has given this device its secret. */
  keys(epoch: number): EpochKeys | undefined {
    const known = this.#keys.get(epoch);
    if (known !== undefined) return known;
    const secret = this.#secrets.get(epoch);
    if (secret === undefined) return undefined;
    const keys = deriveEpochKeys(epoch, secret, this.#membership.folder);
    this.#keys.set(epoch, keys);
    return keys;
  }

  /** What this device hands keys out with. */
  get holder(): KeyHolder {
    return { device: this.#device.id, box: this.#device.box, secrets: this.#secrets };
  }

  /** Records that are not in the causal past of `have`, parents first. */
  after(have: readonly RecordId[]): readonly DecodedRecord[] {
    return recordsBeyond(this.#membership, have);
  }

  knowsAll(heads: readonly RecordId[]): boolean {
    return heads.every((head) => this.#records.has(head));
  }

  /**
   * Signs a record on top of all that is known, and stores it.
   * @throws RecordRefused when it would have no effect, CodedError 'too-many-records'
   */
  async write(body: MembershipBody, nowMs: number, also: readonly Operation[] = []): Promise<DecodedRecord> {
    const record = makeRecord(this.#device.signingKey, draftRecord(this.#membership, nowMs, body));
    const all = [...this.#records.values(), record];
    this.#requireRoom(all.map(({ bytes }) => bytes));
    const refusal = evaluateMembership(all).refused.find((refused) => refused.record === record.id);
    if (refusal !== undefined) throw new RecordRefused(this.#membership.name, body.kind, refusal.reason);
    await this.#keep([record], also);
    return record;
  }

  /**
   * Takes in records of others. Returns true when there was something new. Damaged records and those of other folders
   * throw FormatError; records without effect are kept only as part of what they explain.
   * @throws CodedError 'too-many-records', and then takes in none
   */
  async receive(records: readonly Uint8Array[]): Promise<boolean> {
    // Before each is verified, and again before all are judged: these are what takes long.
    this.#requireRoom(records);
    const fresh: DecodedRecord[] = [];
    for (const bytes of records) {
      const record = decodeRecord(bytes);
      if (record.folder !== this.#membership.folder) throw new FormatError('a membership record of another folder');
      if (!this.#records.has(record.id)) fresh.push(record);
    }
    if (fresh.length === 0) return false;
    const all = [...this.#records.values(), ...fresh];
    this.#requireRoom(all.map(({ bytes }) => bytes));
    const accepted = new Set(evaluateMembership(all).accepted.map((record) => record.id));
    const kept = fresh.filter((record) => accepted.has(record.id));
    if (kept.length === 0) return false;
    await this.#keep(kept, []);
    return true;
  }

  #requireRoom(records: readonly Uint8Array[]): void {
    if (!isTooMuchHistory(records)) return;
    const { name } = this.#membership;
    throw new CodedError(
      'too-many-records',
      `${name} has as many membership records as a folder can have (${RECORDS_MAX}, or fewer large ones): who belongs to ` +
        'it can not change any more. To go on, share the directory anew with "sheaf remove" and "sheaf add".',
    );
  }

  /** Gives their keys to members who were admitted while somebody rotated. Returns true when there were any. */
  async shareKeys(nowMs: number): Promise<boolean> {
    const owed = owedKeys(this.#membership, this.holder);
    for (const body of owed) await this.write(body, nowMs);
    return owed.length > 0;
  }

  async #keep(records: readonly DecodedRecord[], also: readonly Operation[]): Promise<void> {
    const batch = [...records.map((record) => recordRow(this.#number, record)), ...also];
    await this.#store.write(batch, { durable: true });
    for (const record of records) this.#records.set(record.id, record);
    this.#membership = evaluateMembership([...this.#records.values()]);
    this.#openSecrets();
  }

  #openSecrets(): void {
    this.#secrets = epochSecretsFor(this.#membership, this.#device.id, this.#device.box.secretKey);
  }
}

function roleIn({ members }: Membership, device: DeviceId): Role | undefined {
  return members.find((member) => member.device === device)?.role;
}

function mayWriteIn(membership: Membership, device: DeviceId): boolean {
  const role = roleIn(membership, device);
  return role !== undefined && isAtLeast(role, 'writer');
}

function recordRow(number: number, record: DecodedRecord): Operation {
  return { kind: 'put', key: folderKey('p', number, fromHex(record.id)), value: record.bytes };
}
