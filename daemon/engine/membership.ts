import { fromHex } from '../../protocol/bytes.ts';
import { deriveEpochKeys, type EpochKeys } from '../../protocol/epoch.ts';
import { FormatError } from '../../protocol/errors.ts';
import type { DeviceId, RecordId } from '../../protocol/ids.ts';
import { decodeRecord, makeRecord, type DecodedRecord } from '../../protocol/membership-record.ts';
import type { MembershipBody } from '../../protocol/membership-types.ts';
import type { Role } from '../../protocol/local-api.ts';
import { epochSecretsFor } from '../core/epoch-secrets.ts';
import { evaluateMembership, type Membership } from '../core/membership.ts';
import type { KeyValueStore, Operation } from '../effects/key-value-store.ts';
import { folderKey } from '../store/keys.ts';
import { rowsUnder } from '../store/pages.ts';
import { authorOf, type Device } from './device.ts';

/** Who belongs to one folder, and the keys that this device has been given. */
export class FolderMembership {
  readonly #store: KeyValueStore;
  readonly #number: number;
  readonly #device: Device;
  readonly #records = new Map<RecordId, DecodedRecord>();
  #membership: Membership;
  #secrets: ReadonlyMap<number, Uint8Array> = new Map();
  readonly #keys = new Map<number, EpochKeys>();

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
    return this.#membership.members.find((member) => member.device === device)?.role;
  }

  isMember(device: DeviceId): boolean {
    return this.role(device) !== undefined;
  }

  /** True when the device may change files. */
  mayWrite(device: DeviceId): boolean {
    const role = this.role(device);
    return role === 'writer' || role === 'admin';
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

  secrets(): ReadonlyMap<number, Uint8Array> {
    return this.#secrets;
  }

  /** Records that are not in the causal past of `have`, parents first. */
  after(have: readonly RecordId[]): readonly DecodedRecord[] {
    const known = new Set<RecordId>();
    const walk = [...have];
    for (let id = walk.pop(); id !== undefined; id = walk.pop()) {
      if (known.has(id)) continue;
      known.add(id);
      walk.push(...(this.#records.get(id)?.record.parents ?? []));
    }
    return this.#membership.accepted.filter((record) => !known.has(record.id));
  }

  knowsAll(heads: readonly RecordId[]): boolean {
    return heads.every((head) => this.#records.has(head));
  }

  /** Signs a record on top of all that is known, and stores it. */
  async write(body: MembershipBody, nowMs: number, also: readonly Operation[] = []): Promise<DecodedRecord> {
    const record = makeRecord(this.#device.signingKey, {
      folder: this.#membership.folder,
      parents: this.#membership.heads,
      time: nowMs,
      body,
    });
    const judged = evaluateMembership([...this.#records.values(), record]);
    const refusal = judged.refused.find((refused) => refused.record === record.id);
    if (refusal !== undefined) throw new Error(`a record of our own was refused: ${refusal.reason}`);
    await this.#keep([record], also);
    return record;
  }

  /**
   * Takes in records of others. Returns true when there was something new. Damaged records and those of other folders
   * throw FormatError; records without effect are kept only as part of what they explain.
   */
  async receive(records: readonly Uint8Array[]): Promise<boolean> {
    const fresh: DecodedRecord[] = [];
    for (const bytes of records) {
      const record = decodeRecord(bytes);
      if (record.folder !== this.#membership.folder) throw new FormatError('a membership record of another folder');
      if (!this.#records.has(record.id)) fresh.push(record);
    }
    if (fresh.length === 0) return false;
    const judged = evaluateMembership([...this.#records.values(), ...fresh]);
    const accepted = new Set(judged.accepted.map((record) => record.id));
    const kept = fresh.filter((record) => accepted.has(record.id));
    if (kept.length === 0) return false;
    await this.#keep(kept, []);
    return true;
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

function recordRow(number: number, record: DecodedRecord): Operation {
  return { kind: 'put', key: folderKey('p', number, fromHex(record.id)), value: record.bytes };
}
