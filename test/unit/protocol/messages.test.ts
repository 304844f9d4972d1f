import { describe, expect, it } from 'vitest';
import type { Value } from '../../../protocol/codec.ts';
import { decode, encode, readArray } from '../../../protocol/codec.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { frontierHash } from '../../../protocol/frontier.ts';
import {
  ADDRESSES_MAX_PER_DEVICE,
  CHUNK_REQUEST_MAX_ITEMS,
  FRAME_MAX_BYTES,
} from '../../../protocol/message-limits.ts';
import { messageShapes } from '../../../protocol/message-shapes.ts';
import type { Message } from '../../../protocol/messages.ts';
import { decodeMessage, encodeMessage } from '../../../protocol/messages.ts';
import { sampleMessages } from '../../support/messages.ts';

function sample<K extends Message['kind']>(kind: K): Extract<Message, { kind: K }> {
  const found = sampleMessages.find((message): message is Extract<Message, { kind: K }> => message.kind === kind);
  if (found === undefined) throw new Error(`no sample of ${kind}`);
  return found;
}

/** The message's array with some elements replaced, as a peer that is not sheaf could send it. */
function forge(message: Message, change: (values: Value[]) => void): Uint8Array {
  const values = [...readArray(decode(encodeMessage(message)))];
  change(values);
  return encode(values);
}

describe('a message', () => {
  it('of every kind has a sample', () => {
    expect(new Set(sampleMessages.map((message) => message.kind))).toEqual(new Set(Object.keys(messageShapes)));
  });

  it.each(sampleMessages.map((message) => [message.kind, message] as const))(
    '%s comes back as it was',
    (_, message) => {
      expect(decodeMessage(encodeMessage(message))).toEqual(message);
    },
  );

  it('is the same whatever the order of sets in it', () => {
    const open = sample('folder-open');
    const turned = {
      ...open,
      membershipHeads: open.membershipHeads.toReversed(),
      frontier: open.frontier.toReversed(),
    };
    expect(encodeMessage(turned)).toEqual(encodeMessage(open));
    expect(frontierHash(turned.frontier)).toEqual(frontierHash(open.frontier));
  });

  it('of an unknown type or with another number of fields is refused', () => {
    expect(() => decodeMessage(encode([99]))).toThrow(FormatError);
    expect(() => decodeMessage(encode([]))).toThrow(FormatError);
    expect(() => decodeMessage(encode(['hello']))).toThrow(FormatError);
    for (const message of sampleMessages) {
      expect(() => decodeMessage(forge(message, (values) => values.push(0)))).toThrow(FormatError);
      expect(() => decodeMessage(forge(message, (values) => values.pop()))).toThrow(FormatError);
    }
  });

  it('cut short anywhere, or with a byte more, is refused', () => {
    for (const message of sampleMessages) {
      const bytes = encodeMessage(message);
      for (let end = 0; end < bytes.length; end += 1) {
        expect(() => decodeMessage(bytes.subarray(0, end))).toThrow(FormatError);
      }
      expect(() => decodeMessage(Uint8Array.of(...bytes, 0))).toThrow(FormatError);
    }
  });

  it('is refused when a set in it is out of order or holds something twice', () => {
    const open = sample('folder-open');
    const change = (at: number, turn: (items: readonly Value[]) => readonly Value[]) => (): unknown =>
      decodeMessage(
        forge(open, (values) => {
          values[at] = turn(readArray(values[at]));
        }),
      );
    for (const at of [2, 3]) {
      expect(change(at, (items) => items.toReversed())).toThrow(FormatError);
      expect(change(at, (items) => [...items.slice(0, 1), ...items])).toThrow(FormatError);
      expect(change(at, (items) => items)).not.toThrow();
    }
  });

  it('is refused over a limit', () => {
    const hello = sample('hello');
    const many = Array.from({ length: ADDRESSES_MAX_PER_DEVICE + 1 }, () => '/ip4/192.0.2.1/tcp/1');
    expect(() => decodeMessage(encodeMessage({ ...hello, addresses: many }))).toThrow(FormatError);
    expect(() => decodeMessage(encodeMessage({ ...hello, deviceName: 'n'.repeat(129) }))).toThrow(FormatError);
    expect(() => decodeMessage(encodeMessage({ ...hello, time: 2 ** 48 }))).toThrow(FormatError);
    const chunks = sample('want-chunks');
    const [item] = chunks.items;
    const items = Array.from({ length: CHUNK_REQUEST_MAX_ITEMS + 1 }, () => item as (typeof chunks.items)[0]);
    expect(() => encodeMessage({ ...chunks, items })).toThrow(FormatError);
    expect(decodeMessage(encodeMessage({ ...chunks, items: items.slice(1) }))).toMatchObject({ items: items.slice(1) });
    const large = { ...sample('entries'), entries: [new Uint8Array(FRAME_MAX_BYTES)] };
    expect(() => encodeMessage(large)).toThrow(FormatError);
    expect(() => decodeMessage(new Uint8Array(FRAME_MAX_BYTES + 1))).toThrow(FormatError);
  });

  it('may not name offsets that a number does not hold exactly', () => {
    const forged = forge(sample('want-chunks'), (values) => {
      const items = new Uint8Array(values[4] as Uint8Array);
      items[81] = 0xff;
      values[4] = items;
    });
    expect(() => decodeMessage(forged)).toThrow(FormatError);
    const chunks = sample('want-chunks');
    const [item] = chunks.items;
    for (const offset of [-1, 0.5, 2 ** 53]) {
      const bad = { ...(item as (typeof chunks.items)[0]), offset };
      expect(() => encodeMessage({ ...chunks, items: [bad] })).toThrow(FormatError);
    }
  });

  it('hello of a newer protocol is read for its version, others are not', () => {
    const newer = forge({ ...sample('hello'), protocol: 2 }, (values) => values.push('more'));
    expect(decodeMessage(newer)).toMatchObject({ kind: 'hello', protocol: 2 });
    expect(() => decodeMessage(forge(sample('hello'), (values) => values.push('more')))).toThrow(FormatError);
  });
});
