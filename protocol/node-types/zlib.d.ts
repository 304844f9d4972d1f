/** All of `node:zlib` that this room may use. Only the room's own tsconfig reads it. */
export function crc32(bytes: Uint8Array): number;
export function deflateRawSync(bytes: Uint8Array, options: { readonly level: number }): Uint8Array;
export function inflateRawSync(
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly info: boolean },
): Uint8Array;
