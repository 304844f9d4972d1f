import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type {
  AddRequest,
  InviteRequest,
  JoinRequest,
  RemoveRequest,
  ScanRequest,
  WaitRequest,
} from '../../protocol/local-api.ts';
import type {
  ConflictsRequest,
  DecideRequest,
  ResolveRequest,
  VerifyRequest,
  WhyRequest,
} from '../../protocol/local-api-decisions.ts';
import type { LogRequest } from '../../protocol/local-api-log.ts';

/** PATH_MAX is 4,096 bytes on Linux, about 32,767 characters on Windows. */
const PATH_LIMIT_CHARACTERS = 32_767;
const NAME_LIMIT_CHARACTERS = 255;
const TICKET_LIMIT_CHARACTERS = 16_384;
/** What one answer may hold without growing past some megabytes. */
const LOG_LIMIT = 10_000;
/** What a timer can hold: 24.8 days. */
const DURATION_LIMIT_MS = 2 ** 31 - 1;

const withoutNul = (text: string): boolean => !text.includes('\0');
const text = (limit: number) => z.string().min(1).max(limit).refine(withoutNul, 'holds a NUL');
const name = text(NAME_LIMIT_CHARACTERS);
const absolutePath = text(PATH_LIMIT_CHARACTERS).refine(isAbsolute, 'is not absolute');
const durationMs = z.number().int().min(0).max(DURATION_LIMIT_MS);
const mode = z.enum(['two-way', 'send-only', 'receive-only']).exactOptional();
const conflicts = z.enum(['copy', 'newest', 'review']).exactOptional();

/** Names or ids; a folder's id is 64 characters, a device's about 52. */
export const folderSelector = name;

export const addRequest = z.strictObject({
  path: absolutePath,
  name: name.exactOptional(),
  mode,
  conflicts,
}) satisfies z.ZodType<AddRequest>;

export const inviteRequest = z.strictObject({
  folder: name,
  role: z.enum(['vault', 'reader', 'writer', 'admin']).exactOptional(),
  expiresMs: durationMs.min(1).exactOptional(),
}) satisfies z.ZodType<InviteRequest>;

export const joinRequest = z.strictObject({
  ticket: text(TICKET_LIMIT_CHARACTERS),
  path: absolutePath,
  name: name.exactOptional(),
  mode,
  conflicts,
}) satisfies z.ZodType<JoinRequest>;

export const waitRequest = z.strictObject({
  folder: name.exactOptional(),
  peer: name.exactOptional(),
  copies: z.number().int().min(1).max(1_000_000).exactOptional(),
  timeoutMs: durationMs,
}) satisfies z.ZodType<WaitRequest>;

export const removeRequest = z.strictObject({
  folder: name,
  keepState: z.boolean(),
}) satisfies z.ZodType<RemoveRequest>;

export const scanRequest = z.strictObject({
  folder: name.exactOptional(),
  path: text(PATH_LIMIT_CHARACTERS).exactOptional(),
}) satisfies z.ZodType<ScanRequest>;

export const decideRequest = z.strictObject({ id: name }) satisfies z.ZodType<DecideRequest>;

const pattern = text(PATH_LIMIT_CHARACTERS);

export const conflictsRequest = z.strictObject({
  folder: name.exactOptional(),
  pattern: pattern.exactOptional(),
}) satisfies z.ZodType<ConflictsRequest>;

export const resolveRequest = z.strictObject({
  folder: name.exactOptional(),
  pattern,
  keep: z.enum(['ours', 'theirs', 'both', 'newest']),
  dryRun: z.boolean(),
}) satisfies z.ZodType<ResolveRequest>;

export const verifyRequest = z.strictObject({
  folder: name.exactOptional(),
  heal: z.boolean(),
}) satisfies z.ZodType<VerifyRequest>;

export const whyRequest = z.strictObject({ path: absolutePath }) satisfies z.ZodType<WhyRequest>;

export const logRequest = z.strictObject({
  folder: name.exactOptional(),
  path: pattern.exactOptional(),
  by: name.exactOptional(),
  since: z.iso.datetime().exactOptional(),
  limit: z.number().int().min(1).max(LOG_LIMIT),
}) satisfies z.ZodType<LogRequest>;

export const noRequest = z.strictObject({});
