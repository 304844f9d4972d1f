import { describe, expect, it } from 'vitest';
import { fromBase32, toBase32 } from '../../../protocol/base32.ts';
import { concat, fromHex, toHex, utf8 } from '../../../protocol/bytes.ts';
import type { Value } from '../../../protocol/codec.ts';
import { encode } from '../../../protocol/codec.ts';
import { sha256 } from '../../../protocol/crypto.ts';
import { FormatError } from '../../../protocol/errors.ts';
import { decodeTicket, encodeTicket } from '../../../protocol/ticket.ts';
import { sampleTicket } from '../../vectors/pairing-vectors.ts';

const text = encodeTicket(sampleTicket);

function refusal(ticket: string): unknown {
  try {
    decodeTicket(ticket);
  } catch (error) {
    return error;
  }
  return undefined;
}

function expectRefused(ticket: string, message: string): void {
  expect(refusal(ticket)).toMatchObject({ code: 'bad-ticket', message: expect.stringContaining(message) });
}

/** A ticket with a right checksum around anything. */
function ticketOf(payload: Value): string {
  const bytes = encode(payload);
  return `sheaf1${toBase32(concat(bytes, sha256(utf8('sheaf/ticket/1\0'), bytes).subarray(0, 4)))}`;
}

describe('base32', () => {
  // RFC 4648, section 10, in lower case and without padding.
  it.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('of %j is %j', (plain, encoded) => {
    expect(toBase32(utf8(plain))).toBe(encoded);
    expect(fromBase32(encoded)).toEqual(utf8(plain));
  });

  it.each(['m', 'mz1q', 'mzx', 'mzxw6y', 'mzxw6yr', 'mz', 'MY', 'my======'])('%j is refused', (encoded) => {
    expect(() => fromBase32(encoded)).toThrow(FormatError);
  });

  it('holds every byte', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    expect(toHex(fromBase32(toBase32(bytes)))).toBe(toHex(bytes));
  });
});

describe('a ticket', () => {
  it('comes back as it was', () => {
    expect(text).toMatch(/^sheaf1[a-z2-7]+$/);
    expect(decodeTicket(text)).toEqual(sampleTicket);
  });

  it('may be broken into lines, spaced and shouted', () => {
    const wrapped = ` ${text.replace(/(.{20})/g, '$1\r\n\t')}\n`;
    expect(decodeTicket(wrapped)).toEqual(sampleTicket);
    expect(decodeTicket(text.toUpperCase())).toEqual(sampleTicket);
  });

  it('is told from other texts', () => {
    for (const other of ['', 'hello', 'sheaf', 'https://example.org', text.slice(1), 'x'.repeat(100_000)]) {
      expectRefused(other, 'not a ticket');
    }
  });

  it('cut anywhere is found out', () => {
    for (let end = 'sheaf1'.length; end < text.length; end += 1)
      expectRefused(text.slice(0, end), 'incomplete or mistyped');
    expectRefused(`${text}a`, 'incomplete or mistyped');
  });

  it('with any one character mistyped or two swapped is found out', () => {
    for (let at = 'sheaf1'.length; at < text.length; at += 1) {
      const other = text[at] === 'a' ? 'b' : 'a';
      expectRefused(text.slice(0, at) + other + text.slice(at + 1), 'incomplete or mistyped');
      const swapped = text.slice(0, at) + (text[at + 1] ?? '') + text[at] + text.slice(at + 2);
      if (swapped !== text) expectRefused(swapped, 'incomplete or mistyped');
    }
    expectRefused(`${text.slice(0, -1)}!`, 'incomplete or mistyped');
  });

  it('of a newer version says so', () => {
    expectRefused(ticketOf([2, 'who knows']), 'newer version of sheaf (2)');
  });

  it('that no sheaf makes is refused, whatever its checksum', () => {
    for (const payload of [[], [1], 1, ['1'], [0], null] as const) expectRefused(ticketOf(payload), "can't be used");
    const addresses = Array.from({ length: 9 }, () => '/ip4/192.0.2.1/tcp/1');
    expect(() => encodeTicket({ ...sampleTicket, addresses })).toThrow(FormatError);
    expect(() => encodeTicket({ ...sampleTicket, secret: fromHex('00') })).toThrow(FormatError);
    expect(() => encodeTicket({ ...sampleTicket, folderName: 'n'.repeat(129) })).toThrow(FormatError);
    expect(() => encodeTicket({ ...sampleTicket, expires: 1.5 })).toThrow(FormatError);
  });
});
