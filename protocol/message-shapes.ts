import { fromHex } from './bytes.ts';
import { readBoolean, readBytes, readInteger, readNullable, readText } from './codec.ts';
import { FormatError } from './errors.ts';
import { readDevice, readFolder, readInstance, readRecordSet, recordSetValue } from './fields.ts';
import { frontierValue, readFrontier } from './frontier.ts';
import { EPOCH_MAX, LABEL_MAX_BYTES, SAFE_INTEGER_MAX, TIME_MAX_MS } from './limits.ts';
import {
  addressBookValue,
  readAddressBook,
  readAddresses,
  readBatch,
  readWantedChunks,
  wantedChunksValue,
} from './message-fields.ts';
import { RECORD_HEADS_MAX, REJECT_CODE_MAX_BYTES, REJECT_MESSAGE_MAX_BYTES } from './message-limits.ts';
import type { Hello, Message } from './message-types.ts';
import { PAIR_REFUSALS, readInvite } from './pairing.ts';
import type { Shape } from './shape.ts';

const U16_MAX = 0xffff;
const U32_MAX = 0xffff_ffff;
const MAC_BYTES = 32;
const NONCE_BYTES = 32;
const SIGNATURE_BYTES = 64;

const hello: Shape<Hello> = {
  type: 1,
  size: 5,
  write: (m) => [m.protocol, fromHex(m.instance), m.deviceName, m.addresses, m.time],
  read: (next) => ({
    kind: 'hello',
    protocol: readInteger(next(), 1, U16_MAX),
    instance: readInstance(next()),
    deviceName: readText(next(), LABEL_MAX_BYTES),
    addresses: readAddresses(next()),
    time: readInteger(next(), 0, TIME_MAX_MS),
  }),
};

/** Type numbers are never reused. */
export const messageShapes: { readonly [K in Message['kind']]: Shape<Extract<Message, { kind: K }>> } = {
  hello,
  'pair-open': {
    type: 2,
    size: 2,
    write: (m) => [fromHex(m.invite), m.nonce],
    read: (next) => ({ kind: 'pair-open', invite: readInvite(next()), nonce: readBytes(next(), NONCE_BYTES) }),
  },
  'pair-challenge': {
    type: 3,
    size: 2,
    write: (m) => [fromHex(m.invite), m.nonce],
    read: (next) => ({ kind: 'pair-challenge', invite: readInvite(next()), nonce: readBytes(next(), NONCE_BYTES) }),
  },
  'pair-proof': {
    type: 4,
    size: 5,
    write: (m) => [fromHex(m.invite), m.mac, m.deviceName, m.boxPublicKey, m.certificate],
    read: (next) => ({
      kind: 'pair-proof',
      invite: readInvite(next()),
      mac: readBytes(next(), MAC_BYTES),
      deviceName: readText(next(), LABEL_MAX_BYTES),
      boxPublicKey: readBytes(next(), 32),
      certificate: readBytes(next(), SIGNATURE_BYTES),
    }),
  },
  'pair-accept': {
    type: 5,
    size: 4,
    write: (m) => [fromHex(m.invite), m.mac, m.records, addressBookValue(m.addresses)],
    read: (next) => ({
      kind: 'pair-accept',
      invite: readInvite(next()),
      mac: readBytes(next(), MAC_BYTES),
      records: readBatch(next()),
      addresses: readAddressBook(next()),
    }),
  },
  'pair-refuse': {
    type: 6,
    size: 2,
    write: (m) => [fromHex(m.invite), PAIR_REFUSALS.indexOf(m.code)],
    read: (next) => {
      const invite = readInvite(next());
      const code = PAIR_REFUSALS[readInteger(next(), 0, PAIR_REFUSALS.length - 1)];
      if (code === undefined) throw new FormatError('pair-refuse: unknown code');
      return { kind: 'pair-refuse', invite, code };
    },
  },
  'folder-open': {
    type: 7,
    size: 4,
    write: (m) => [
      fromHex(m.folder),
      recordSetValue(m.membershipHeads),
      frontierValue(m.frontier),
      addressBookValue(m.addresses),
    ],
    read: (next) => ({
      kind: 'folder-open',
      folder: readFolder(next()),
      membershipHeads: readRecordSet(next(), RECORD_HEADS_MAX),
      frontier: readFrontier(next()),
      addresses: readAddressBook(next()),
    }),
  },
  'folder-close': {
    type: 8,
    size: 1,
    write: (m) => [fromHex(m.folder)],
    read: (next) => ({ kind: 'folder-close', folder: readFolder(next()) }),
  },
  'want-records': {
    type: 9,
    size: 2,
    write: (m) => [fromHex(m.folder), recordSetValue(m.have)],
    read: (next) => ({
      kind: 'want-records',
      folder: readFolder(next()),
      have: readRecordSet(next(), RECORD_HEADS_MAX),
    }),
  },
  records: {
    type: 10,
    size: 2,
    write: (m) => [fromHex(m.folder), m.records],
    read: (next) => ({ kind: 'records', folder: readFolder(next()), records: readBatch(next()) }),
  },
  frontier: {
    type: 11,
    size: 2,
    write: (m) => [fromHex(m.folder), frontierValue(m.items)],
    read: (next) => ({ kind: 'frontier', folder: readFolder(next()), items: readFrontier(next()) }),
  },
  entries: {
    type: 12,
    size: 2,
    write: (m) => [fromHex(m.folder), m.entries],
    read: (next) => ({ kind: 'entries', folder: readFolder(next()), entries: readBatch(next()) }),
  },
  'want-entries': {
    type: 13,
    size: 5,
    write: (m) => [fromHex(m.folder), fromHex(m.device), fromHex(m.instance), m.from, m.limitBytes],
    read: (next) => ({
      kind: 'want-entries',
      folder: readFolder(next()),
      device: readDevice(next()),
      instance: readInstance(next()),
      from: readInteger(next(), 1, SAFE_INTEGER_MAX),
      limitBytes: readInteger(next(), 0, U32_MAX),
    }),
  },
  'want-chunks': {
    type: 14,
    size: 4,
    write: (m) => [m.request, fromHex(m.folder), m.epoch, wantedChunksValue(m.items)],
    read: (next) => ({
      kind: 'want-chunks',
      request: readInteger(next(), 0, U32_MAX),
      folder: readFolder(next()),
      epoch: readInteger(next(), 1, EPOCH_MAX),
      items: readWantedChunks(next()),
    }),
  },
  cancel: {
    type: 15,
    size: 1,
    write: (m) => [m.request],
    read: (next) => ({ kind: 'cancel', request: readInteger(next(), 0, U32_MAX) }),
  },
  'sync-probe': {
    type: 16,
    size: 2,
    write: (m) => [fromHex(m.folder), m.nonce],
    read: (next) => ({ kind: 'sync-probe', folder: readFolder(next()), nonce: readInteger(next(), 0, U32_MAX) }),
  },
  'sync-report': {
    type: 17,
    size: 5,
    write: (m) => [fromHex(m.folder), m.nonce, frontierValue(m.frontier), m.settled, m.pending],
    read: (next) => ({
      kind: 'sync-report',
      folder: readFolder(next()),
      nonce: readInteger(next(), 0, U32_MAX),
      frontier: readFrontier(next()),
      settled: readBoolean(next()),
      pending: readInteger(next(), 0, SAFE_INTEGER_MAX),
    }),
  },
  applied: {
    type: 18,
    size: 4,
    write: (m) => [fromHex(m.folder), frontierValue(m.frontier), m.settled, m.pending],
    read: (next) => ({
      kind: 'applied',
      folder: readFolder(next()),
      frontier: readFrontier(next()),
      settled: readBoolean(next()),
      pending: readInteger(next(), 0, SAFE_INTEGER_MAX),
    }),
  },
  reject: {
    type: 19,
    size: 3,
    write: (m) => [m.folder === null ? null : fromHex(m.folder), m.code, m.message],
    read: (next) => ({
      kind: 'reject',
      folder: readNullable(next(), readFolder),
      code: readText(next(), REJECT_CODE_MAX_BYTES),
      message: readText(next(), REJECT_MESSAGE_MAX_BYTES),
    }),
  },
};
