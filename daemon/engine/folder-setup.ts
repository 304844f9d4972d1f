import { toHex } from '../../protocol/bytes.ts';
import { feedIdOf } from '../../protocol/device-id.ts';
import { CodedError } from '../../protocol/errors.ts';
import type { FolderId, InstanceId } from '../../protocol/ids.ts';
import type { ApiEvent, ConflictPolicy, SyncMode } from '../../protocol/local-api.ts';
import { type DecodedRecord, makeRecord } from '../../protocol/membership-record.ts';
import { draftGenesis } from '../core/membership-drafts.ts';
import { ANY_NAMES } from '../core/names/disk-names.ts';
import { decisionRow } from '../store/decisions.ts';
import { type FolderConfig, saveFolder } from '../store/device-state.ts';
import { Feeds } from '../store/feeds.ts';
import { FolderIndex } from '../store/folder-index.ts';
import { makeBrakes } from './care/brake.ts';
import { type FolderContext, onDisk, Problems } from './context.ts';
import type { Device } from './device.ts';
import type { PrepareResult } from './disk/jobs.ts';
import type { Environment } from './environment.ts';
import { Documents } from './logs/documents.ts';
import { replayLogs } from './logs/replay.ts';
import { FolderMembership } from './members/membership.ts';
import { Turn } from './turn.ts';

/** Entries a shard should hold; a document of this size loads in a fifth of a millisecond. */
const SHARD_ENTRIES = 64;
/** 256 shards let a folder that starts empty grow to tens of thousands of entries. */
const SHARD_BITS_LEAST = 8;
const SHARD_BITS_MOST = 14;
/** Problems shown for one folder. */
const PROBLEMS_LIMIT = 1000;

/** How a folder is set up here, beside its root. */
export interface FolderOptions {
  readonly name: string;
  readonly mode: SyncMode;
  readonly conflicts: ConflictPolicy;
}

/** The signed beginning of a new folder, with its first keys. */
export function makeGenesis(environment: Environment, device: Device, name: string, path: string): DecodedRecord {
  const { random, clock, countEntries } = environment;
  const entries = countEntries(path, SHARD_ENTRIES * 2 ** SHARD_BITS_MOST);
  const bits = Math.ceil(Math.log2(Math.max(1, entries / SHARD_ENTRIES)));
  const draft = draftGenesis({
    name,
    shardBits: Math.min(SHARD_BITS_MOST, Math.max(SHARD_BITS_LEAST, bits)),
    deviceName: device.name,
    box: device.box,
    secret: random.bytes(32),
    salt: random.bytes(16),
    time: clock.now(),
  });
  return makeRecord(device.signingKey, draft);
}

/** Marks the root as this folder's, and stores configuration and first records in one batch. */
export async function setUpFolder(
  environment: Environment,
  number: number,
  path: string,
  options: FolderOptions,
  records: readonly DecodedRecord[],
): Promise<FolderConfig> {
  const folder = records[0]?.folder;
  if (folder === undefined) throw new Error('a folder without records');
  const marker = markerOf(folder);
  const prepared = await onDisk(environment.disk, { kind: 'prepare', path, marker }).catch((error: unknown) => {
    throw explain(path, error);
  });
  if (prepared.marker !== markerOf(folder)) {
    throw new CodedError(
      'marked-for-another',
      `${path} belongs to another sheaf folder (its .sheaf/folder says so): remove that folder first with "sheaf remove", ` +
        'or, if it is no longer used anywhere, delete the .sheaf directory in it and try again.',
    );
  }
  const { device, inode, names } = prepared;
  const instance = toHex(environment.random.bytes(16)) as InstanceId;
  const config: FolderConfig = {
    number,
    folder,
    path,
    device,
    inode,
    scanned: false,
    instance,
    names: names ?? ANY_NAMES,
    ...options,
  };
  await environment.store.write([saveFolder(config), ...FolderMembership.firstRows(number, records)], {
    durable: true,
  });
  return config;
}

function explain(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!/^E[A-Z]+$/.test(code)) return error;
  const message = `${path} can not be used (${code}): the user that runs sheaf has to be able to read and write it`;
  return new CodedError('no-access', message, { cause: error });
}

export function markerOf(folder: FolderId): string {
  return `sheaf-folder-1 ${folder}`;
}

/** Everything the stages of a folder share, from its configuration. */
export async function openFolder(
  environment: Environment,
  device: Device,
  config: FolderConfig,
  emit: (kind: ApiEvent['kind'], fields: Partial<Pick<ApiEvent, 'folder' | 'path' | 'device' | 'detail'>>) => void,
): Promise<FolderContext> {
  const { store, clock, random, logger, disk, segmentBytes } = environment;
  const membership = await FolderMembership.load(store, config.number, device);
  const feeds = new Feeds(store, config.number);
  await feeds.load();
  const tell: FolderContext['emit'] = (kind, fields) => emit(kind, { folder: config.name, ...fields });
  return {
    config,
    device,
    feed: feedIdOf(device.id, config.folder, config.instance),
    store,
    index: new FolderIndex(store, config.number, config.names),
    feeds,
    documents: new Documents(
      store,
      { number: config.number, id: config.folder },
      membership.current.shardBits,
      environment.merge,
      {
        get empty() {
          return feeds.heads().length === 0;
        },
        changes: (what) => {
          logger.warn('what is stored of the registers is damaged and is built anew', { folder: config.name, what });
          return replayLogs(feeds, (epoch) => membership.keys(epoch));
        },
      },
    ),
    membership,
    turn: new Turn(),
    disk,
    segmentBytes,
    root: {
      path: config.path,
      device: config.device,
      inode: config.inode,
      marker: markerOf(config.folder),
      decomposes: config.names.decomposes,
    },
    clock,
    random,
    logger,
    problems: new Problems(PROBLEMS_LIMIT),
    brakes: makeBrakes(config.name, clock, (name) => decisionRow(store, config.number, name), tell),
    emit: tell,
  };
}

/** Looks at a root before it is used again; its absence is met by the first scan. */
export async function inspectRoot(environment: Environment, path: string): Promise<PrepareResult | undefined> {
  try {
    return await onDisk(environment.disk, { kind: 'prepare', path, marker: undefined });
  } catch (error) {
    environment.logger.warn('a folder root can not be opened', { path, error: String(error) });
    return undefined;
  }
}

/** What a person asked for, checked. Throws 'name-taken' or 'not-supported'. */
export function chooseOptions(
  request: Partial<FolderOptions>,
  fallback: string,
  shared: readonly { readonly name: string }[],
): FolderOptions {
  const name = request.name ?? fallback;
  if (shared.some((folder) => folder.name === name)) {
    throw new CodedError(
      'name-taken',
      `a folder called ${name} is already on this device: choose another name with --name`,
    );
  }
  if ((request.mode ?? 'two-way') !== 'two-way' || (request.conflicts ?? 'copy') !== 'copy') {
    throw new CodedError(
      'not-supported',
      'this version syncs two-way and keeps conflict copies; other modes are not there yet',
    );
  }
  return { name, mode: 'two-way', conflicts: 'copy' };
}
