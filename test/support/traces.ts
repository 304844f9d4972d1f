import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

/** Things that bytes must not tell, by what people call them. */
export type Secrets = ReadonlyMap<string, Uint8Array>;

/** Names of the secrets that are somewhere in `bytes`, as they are or in a form that programs write bytes in. */
export function tracesOf(secrets: Secrets, bytes: Uint8Array): readonly string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return [...secrets].filter(([, secret]) => formsOf(secret).some((form) => all.includes(form))).map(([name]) => name);
}

/** Contents and what stands for them: what identifies a file to somebody who guesses it. */
export function withHashes(contents: Secrets): Secrets {
  const hashes = [...contents].flatMap(([name, content]) =>
    ['sha256', 'sha1', 'md5'].map(
      (kind) => [`${kind} of ${name}`, new Uint8Array(createHash(kind).update(content).digest())] as const,
    ),
  );
  return new Map([...contents, ...hashes]);
}

/** How many times larger the bytes are than what deflate makes of them: about 1 when they are sealed. */
export function compressibility(bytes: Uint8Array): number {
  return bytes.length / deflateRawSync(bytes).length;
}

function formsOf(secret: Uint8Array): readonly Buffer[] {
  const hex = Buffer.from(secret).toString('hex');
  const text = Buffer.from(secret).toString('utf8');
  const encoded = [0, 1, 2].flatMap((offset) => {
    const base64 = base64At(secret, offset);
    return [base64, base64.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const wide = Buffer.from(text).equals(Buffer.from(secret)) ? [Buffer.from(text, 'utf16le')] : [];
  return [Buffer.from(secret), ...[hex, hex.toUpperCase(), ...encoded].map((form) => Buffer.from(form)), ...wide];
}

/** The digits of base64 that depend on the secret alone when it starts so many bytes after a multiple of three. */
function base64At(secret: Uint8Array, offset: number): string {
  const padded = Buffer.concat([Buffer.alloc(offset), secret]);
  return padded.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((padded.length * 8) / 6));
}
