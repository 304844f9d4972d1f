import type { Value } from './codec.ts';
import { decode, encode, readArray } from './codec.ts';
import { FormatError } from './errors.ts';
import { takeFields } from './fields.ts';
import { FRAME_MAX_BYTES } from './message-limits.ts';
import { messageShapes } from './message-shapes.ts';
import type { Message } from './message-types.ts';
import type { Shape } from './shape.ts';
import { shapesByType } from './shape.ts';

export type * from './message-types.ts';

/** The version of all messages together. A peer of another version gets a `reject` and nothing else. */
export const PROTOCOL_VERSION = 1;

/** The compiler cannot follow that a shape found by a message's kind only ever sees messages of that kind. */
const shapesByKind = messageShapes as Readonly<Record<Message['kind'], Shape<Message>>>;
const shapes = shapesByType(Object.values(shapesByKind));

/** One frame. Throws FormatError when it would be longer than a link takes, or a value has no encoding. */
export function encodeMessage(message: Message): Uint8Array {
  const shape = shapesByKind[message.kind];
  const bytes = encode([shape.type, ...shape.write(message)]);
  if (bytes.length > FRAME_MAX_BYTES) throw new FormatError(`${message.kind}: ${bytes.length} bytes are too many`);
  return bytes;
}

/**
 * Reads one frame that is not a chunk frame. Byte strings in the message are views into `bytes`. Throws FormatError
 * for anything that `encodeMessage` would not have made; only a hello of a newer protocol may have more fields, so that
 * its sender can be told which version this is.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > FRAME_MAX_BYTES) throw new FormatError('message: too long');
  const [type, ...fields] = readArray(decode(bytes));
  const shape = typeof type === 'number' ? shapes.get(type) : undefined;
  if (shape === undefined) throw new FormatError('message: unknown type');
  if (fields.length !== shape.size && !isNewerHello(shape, fields)) {
    throw new FormatError(`message of type ${shape.type}: ${fields.length} fields`);
  }
  return shape.read(takeFields(fields));
}

function isNewerHello(shape: Shape<Message>, fields: readonly Value[]): boolean {
  const protocol = fields[0];
  const newer = typeof protocol === 'number' && protocol > PROTOCOL_VERSION;
  return newer && shape.type === messageShapes.hello.type && fields.length > shape.size;
}
