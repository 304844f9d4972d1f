import { FormatError } from '../../../protocol/errors.ts';
import { decodeOffer, type ExpressOffer, encodeOffer } from './express-offer.ts';

/**
 * The first frame each side sends on the control lane: the dialler at once, the other side when it takes the link.
 *
 *   version   1 byte, 1
 *   instance 16 bytes, drawn at every start of the network
 *   dials     4 bytes, big-endian: how many hellos the sender has sent as dialler in this run, this one included
 *   …         an express offer, or anything else, which is ignored
 *
 * `instance` and `dials` order the connections of one device: a dial that the other side made before it agreed to a
 * link is a left-over of dialling each other at the same moment; a dial made after it replaces the link.
 */
export interface Hello {
  readonly instance: string;
  readonly dials: number;
  /** Where the bulk lane may go on; only the side that was dialled says so. */
  readonly express?: ExpressOffer;
}

const VERSION = 1;
const INSTANCE_BYTES = 16;
const HELLO_BYTES = 1 + INSTANCE_BYTES + 4;

export function encodeHello(hello: Hello): Uint8Array {
  const bytes = Buffer.alloc(HELLO_BYTES);
  bytes.writeUInt8(VERSION, 0);
  bytes.write(hello.instance, 1, 'hex');
  bytes.writeUInt32BE(hello.dials, 1 + INSTANCE_BYTES);
  return hello.express === undefined ? Uint8Array.from(bytes) : Buffer.concat([bytes, encodeOffer(hello.express)]);
}

/** Throws `FormatError` when the frame is no hello or of another version. */
export function decodeHello(frame: Uint8Array): Hello {
  const version = frame[0];
  if (version !== undefined && version !== VERSION) {
    throw new FormatError(
      `the other side speaks transport version ${version}, this one ${VERSION}: update the older of the two`,
    );
  }
  if (frame.length < HELLO_BYTES) throw new FormatError(`a hello of ${frame.length} bytes is too short`);
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
  const express = decodeOffer(frame.subarray(HELLO_BYTES));
  return {
    instance: bytes.toString('hex', 1, 1 + INSTANCE_BYTES),
    dials: bytes.readUInt32BE(1 + INSTANCE_BYTES),
    ...(express === undefined ? {} : { express }),
  };
}
