import { fromHex, toHex } from '../../protocol/bytes.ts';
import { decode, encode, readArray, readBytes, readInteger, readText, type Value } from '../../protocol/codec.ts';
import { CodedError, FormatError } from '../../protocol/errors.ts';
import type { FolderId, InstanceId } from '../../protocol/ids.ts';
import { NAME_MAX_BYTES } from '../../protocol/limits.ts';
import type { ConflictPolicy, SyncMode } from '../../protocol/local-api.ts';
import { ANY_NAMES, type DiskNames } from '../core/names/disk-names.ts';
import type { KeyValueStore, Operation } from '../effects/key-value-store.ts';
import { configKey, deviceKey, endOf, FOLDER_KINDS, folderKey } from './keys.ts';
import { rowsUnder } from './pages.ts';

/** Who this installation is. Made once; the seeds never leave the state database. */
export interface DeviceState {
  /** Seed of the Ed25519 identity, 32 bytes. */
  readonly identitySeed: Uint8Array;
  /** Seed of the X25519 key that epoch secrets are sealed to, 32 bytes. */
  readonly boxSeed: Uint8Array;
  readonly instance: InstanceId;
  readonly name: string;
}

/** A folder of this device. */
export interface FolderConfig {
  /** Local number, part of every key of the folder. */
  readonly number: number;
  readonly folder: FolderId;
  readonly name: string;
  /** Absolute real path of the root. */
  readonly path: string;
  /** Of the root when it was set up: another directory at the same path is not this folder. */
  readonly device: bigint;
  readonly inode: bigint;
  readonly mode: SyncMode;
  readonly conflicts: ConflictPolicy;
  /** False until the folder was scanned once from end to end. */
  readonly scanned: boolean;
  /**
   * Which of this device's logs in the folder it writes: drawn when the folder is set up, so that one that was removed
   * and joined again does not begin its old log anew, which others would take for a second history.
   */
  readonly instance: InstanceId;
  /** What the root's disk does with names, as it was found when the folder was set up. */
  readonly names: DiskNames;
}

const STATE_VERSION = 1;
const DEVICE = deviceKey('device');
const PATH_MAX_BYTES = 4096;
const LABEL_BYTES = 255;
const MODES: readonly SyncMode[] = ['two-way', 'send-only', 'receive-only'];
const POLICIES: readonly ConflictPolicy[] = ['copy', 'newest', 'review'];

export function loadDevice(store: KeyValueStore): DeviceState | undefined {
  const row = store.get(DEVICE);
  if (row === undefined) return undefined;
  const fields = versioned(row);
  return {
    identitySeed: readBytes(fields[1], 32),
    boxSeed: readBytes(fields[2], 32),
    instance: toHex(readBytes(fields[3], 16)) as InstanceId,
    name: readText(fields[4], LABEL_BYTES),
  };
}

export async function saveDevice(store: KeyValueStore, device: DeviceState): Promise<void> {
  const value = encode([STATE_VERSION, device.identitySeed, device.boxSeed, fromHex(device.instance), device.name]);
  await store.write([{ kind: 'put', key: DEVICE, value }], { durable: true });
}

export async function loadFolders(store: KeyValueStore): Promise<readonly FolderConfig[]> {
  const rows = await rowsUnder(store, Uint8Array.of('F'.charCodeAt(0)));
  return rows.map(([key, row]) => {
    const fields = versioned(row);
    return {
      number: new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(1),
      folder: toHex(readBytes(fields[1], 32)) as FolderId,
      name: readText(fields[2], LABEL_BYTES),
      path: readText(fields[3], PATH_MAX_BYTES),
      device: BigInt(readText(fields[4], 32)),
      inode: BigInt(readText(fields[5], 32)),
      mode: MODES[readInteger(fields[6], 0, 2)] ?? 'two-way',
      conflicts: POLICIES[readInteger(fields[7], 0, 2)] ?? 'copy',
      scanned: fields[8] === true,
      instance: toHex(readBytes(fields[9], 16)) as InstanceId,
      // A folder that was set up before there were aliases goes on without.
      names: fields[10] === undefined ? ANY_NAMES : readNames(fields[10], fields[11]),
    };
  });
}

const IGNORES_CASE = 1;
const IGNORES_FORM = 2;
const DECOMPOSES = 4;
const REFUSES_RESERVED = 8;

function readNames(bits: Value | undefined, maxBytes: Value | undefined): DiskNames {
  const set = readInteger(bits, 0, 15);
  return {
    ignoresCase: (set & IGNORES_CASE) !== 0,
    ignoresForm: (set & IGNORES_FORM) !== 0,
    decomposes: (set & DECOMPOSES) !== 0,
    refusesReserved: (set & REFUSES_RESERVED) !== 0,
    maxBytes: readInteger(maxBytes, 1, NAME_MAX_BYTES),
  };
}

function bitsOf({ ignoresCase, ignoresForm, decomposes, refusesReserved }: DiskNames): number {
  return (
    (ignoresCase ? IGNORES_CASE : 0) |
    (ignoresForm ? IGNORES_FORM : 0) |
    (decomposes ? DECOMPOSES : 0) |
    (refusesReserved ? REFUSES_RESERVED : 0)
  );
}

export function saveFolder(config: FolderConfig): Operation {
  const value = encode([
    STATE_VERSION,
    fromHex(config.folder),
    config.name,
    config.path,
    String(config.device),
    String(config.inode),
    MODES.indexOf(config.mode),
    POLICIES.indexOf(config.conflicts),
    config.scanned,
    fromHex(config.instance),
    bitsOf(config.names),
    config.names.maxBytes,
  ]);
  return { kind: 'put', key: configKey(config.number), value };
}

/** Forgets a folder: its configuration first, so that a crash leaves unreachable rows and never half a folder. */
export async function dropFolder(store: KeyValueStore, number: number): Promise<void> {
  await store.write([{ kind: 'delete', key: configKey(number) }], { durable: true });
  for (const kind of FOLDER_KINDS) {
    const from = folderKey(kind, number);
    for (;;) {
      const page = await store.range({ from, to: endOf(from), limit: 1000 });
      if (page.length === 0) break;
      await store.write(
        page.map(([key]) => ({ kind: 'delete', key })),
        { durable: false },
      );
    }
  }
}

function versioned(row: Uint8Array): readonly Value[] {
  try {
    const fields = readArray(decode(row));
    if (readInteger(fields[0], 1, STATE_VERSION) === STATE_VERSION) return fields;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  throw new CodedError(
    'state-damaged',
    'the state of this device can not be read: it is damaged or was written by a newer sheaf. Update sheaf; or move the ' +
      'home directory away, start anew, and join the folders again: files on disk are kept and recognised.',
  );
}
