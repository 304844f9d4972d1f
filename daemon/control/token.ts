import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isPrivateMode, replacePrivateFile } from './private-files.ts';

const TOKEN_FILE = 'control.token';
/** 256 bits: not to be guessed. */
const TOKEN_BYTES = 32;
const TOKEN_FORM = /^[A-Za-z0-9_-]{43}$/;

/** The home's token (base64url, 43 characters). A fresh one replaces it when it is missing, damaged or was readable to others. */
export async function ensureToken(home: string): Promise<string> {
  const path = join(home, TOKEN_FILE);
  const kept = await readToken(path);
  if (kept !== undefined) return kept;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await replacePrivateFile(path, `${token}\n`);
  return token;
}

async function readToken(path: string): Promise<string | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    if (!isPrivateMode((await file.stat()).mode)) return undefined;
    const text = (await file.readFile('utf8')).trim();
    return TOKEN_FORM.test(text) ? text : undefined;
  } finally {
    await file.close();
  }
}

/** True for `Authorization: Bearer <token>`. Digests are compared, so that neither length nor content shows in the time taken. */
export function isBearer(header: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}
