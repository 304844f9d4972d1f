/**
 * What the side that was dialled adds to its hello: where the dialler may open an express lane, and the key for it. It
 * travels inside noise, so that only the device that was proven there can know the key.
 *
 *   kind       1 byte, 1
 *   identity  16 bytes, random: which offer a connection answers
 *   key       32 bytes, random: pre-shared key of that one connection
 *   count      1 byte, 1 … 8, and so often:
 *     listen   2 bytes, big-endian: a TCP port on which this side listens for libp2p
 *     port     2 bytes, big-endian: the express port at the same address
 */
export interface ExpressOffer {
  /** 32 hex digits. */
  readonly identity: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly ports: readonly { readonly listen: number; readonly port: number }[];
}

const KIND = 1;
const IDENTITY_BYTES = 16;
const KEY_BYTES = 32;
const HEAD_BYTES = 1 + IDENTITY_BYTES + KEY_BYTES + 1;
const PORT_BYTES = 4;
/** Addresses a device listens on; more are not offered. */
export const OFFERED_PORTS = 8;

export function encodeOffer({ identity, key, ports }: ExpressOffer): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES + PORT_BYTES * ports.length);
  bytes.writeUInt8(KIND, 0);
  bytes.write(identity, 1, 'hex');
  bytes.set(key, 1 + IDENTITY_BYTES);
  bytes.writeUInt8(ports.length, HEAD_BYTES - 1);
  for (const [index, { listen, port }] of ports.entries()) {
    bytes.writeUInt16BE(listen, HEAD_BYTES + PORT_BYTES * index);
    bytes.writeUInt16BE(port, HEAD_BYTES + PORT_BYTES * index + 2);
  }
  return bytes;
}

/** Undefined for anything that is no offer: there is none then, and the lanes stay where they are. */
export function decodeOffer(extra: Uint8Array): ExpressOffer | undefined {
  const bytes = Buffer.from(extra.buffer, extra.byteOffset, extra.length);
  if (bytes.length < HEAD_BYTES || bytes[0] !== KIND) return undefined;
  const count = bytes.readUInt8(HEAD_BYTES - 1);
  if (count === 0 || count > OFFERED_PORTS || bytes.length < HEAD_BYTES + PORT_BYTES * count) return undefined;
  return {
    identity: bytes.toString('hex', 1, 1 + IDENTITY_BYTES),
    key: Uint8Array.from(bytes.subarray(1 + IDENTITY_BYTES, HEAD_BYTES - 1)),
    ports: Array.from({ length: count }, (_, index) => ({
      listen: bytes.readUInt16BE(HEAD_BYTES + PORT_BYTES * index),
      port: bytes.readUInt16BE(HEAD_BYTES + PORT_BYTES * index + 2),
    })),
  };
}
