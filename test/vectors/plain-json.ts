import { toHex } from '../../protocol/bytes.ts';

/** The value as vectors show it: bytes as hex, all else as JSON does. */
export function plainJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainJson(item)]));
}
