/** All of `node:crypto` that this room may use, with the narrowest types that fit. Only the room's own tsconfig reads it. */
export interface KeyObject {
  export(options: { readonly format: 'der'; readonly type: 'spki' }): Uint8Array;
}
interface Digester {
  update(bytes: Uint8Array): this;
  digest(): Uint8Array;
}
interface Sealer {
  setAAD(bytes: Uint8Array): this;
  update(bytes: Uint8Array): Uint8Array;
  final(): Uint8Array;
}
interface AeadOptions {
  readonly authTagLength: number;
}

export function hash(algorithm: 'sha256', bytes: Uint8Array, encoding: 'buffer'): Uint8Array;
export function hash(algorithm: 'sha256', bytes: Uint8Array, encoding: 'hex'): string;
export function createHash(algorithm: 'sha256'): Digester;
export function createHmac(algorithm: 'sha256', key: Uint8Array): Digester;
export function createCipheriv(
  algorithm: 'aes-256-gcm',
  key: Uint8Array,
  nonce: Uint8Array,
  options: AeadOptions,
): Sealer & { getAuthTag(): Uint8Array };
export function createDecipheriv(
  algorithm: 'aes-256-gcm',
  key: Uint8Array,
  nonce: Uint8Array,
  options: AeadOptions,
): Sealer & { setAuthTag(tag: Uint8Array): unknown };
interface DerInput<Type extends string> {
  readonly key: string;
  readonly encoding: 'hex';
  readonly format: 'der';
  readonly type: Type;
}
export function createPrivateKey(input: DerInput<'pkcs8'>): KeyObject;
export function createPublicKey(input: KeyObject | DerInput<'spki'>): KeyObject;
export function sign(algorithm: null, message: Uint8Array, key: KeyObject): Uint8Array;
export function verify(algorithm: null, message: Uint8Array, key: KeyObject, signature: Uint8Array): boolean;
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean;
