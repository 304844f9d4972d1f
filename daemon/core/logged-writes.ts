import { FormatError } from '../../protocol/errors.ts';
import type { EntryId } from '../../protocol/ids.ts';
import type { LogAction } from '../../protocol/local-api-log.ts';
import { splitConflictName } from '../../protocol/names.ts';
import { decodeContent, decodeLocation, parseRegisterKey } from '../../protocol/register-codec.ts';
import type { Content, Location } from '../../protocol/registers.ts';
import { baseOf, sameContent } from './entry.ts';
import type { OpId } from './merge/change-format.ts';
import { parseChange } from './merge/change-parser.ts';

/** One put of one register, as it is in a log. */
export interface LoggedWrite<Value> {
  readonly value: Value;
  /** The puts whose values it replaced: several when these had been made apart. */
  readonly replaced: readonly OpId[];
}

/** All that one log entry says of one entry of the folder; at least one of the two. */
export interface LoggedChange {
  readonly entry: EntryId;
  readonly location: LoggedWrite<Location> | undefined;
  readonly content: LoggedWrite<Content> | undefined;
}

/** What a change was, for people. */
export interface Deed {
  readonly action: LogAction;
  readonly location: Location | undefined;
  readonly from: Location | undefined;
  readonly content: Content | undefined;
}

/** What a put wrote; undefined when the logs no longer have it. */
export type Past = (replaced: OpId) => Location | Content | undefined;

/** One put of a change, by its number in its shard; without a value when that is none that a device would write. */
interface Put {
  readonly counter: number;
  readonly entry: EntryId;
  readonly replaced: readonly OpId[];
  readonly value: Location | Content | undefined;
}

/** All puts of one change of a shard; none of a change that no device would write. */
export function readPuts(bytes: Uint8Array): readonly Put[] {
  const change = orUndefined(() => parseChange(bytes));
  return (change?.ops ?? []).flatMap(({ key, value, preds: replaced }, index) => {
    const parsed = parseRegisterKey(key);
    if (parsed === undefined) return [];
    const read = parsed.register === 'location' ? decodeLocation : decodeContent;
    const counter = (change?.startOp ?? 0) + index;
    return [{ counter, entry: parsed.entry, replaced, value: orUndefined(() => read(value)) }];
  });
}

/** One change of a shard, entry by entry. */
export function readLogged(bytes: Uint8Array): readonly LoggedChange[] {
  const found = new Map<EntryId, LoggedChange>();
  for (const { entry, replaced, value } of readPuts(bytes)) {
    if (value === undefined) continue;
    const held = found.get(entry) ?? { entry, location: undefined, content: undefined };
    const said = isLocation(value) ? { location: { value, replaced } } : { content: { value, replaced } };
    found.set(entry, { ...held, ...said });
  }
  return [...found.values()];
}

function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The puts whose values have to be known before `deedsOf` can tell what a change was. */
export function wantedPast({ location, content }: LoggedChange): readonly OpId[] {
  const places = location === undefined ? [] : location.replaced;
  const asked = location?.value.kind === 'live' || places.length > 1 ? places : [];
  return content !== undefined && content.replaced.length > 1 ? [...asked, ...content.replaced] : asked;
}

/** One or two things that a device did to an entry at once: it may have moved what it also edited. */
export function deedsOf({ location, content }: LoggedChange, past: Past): readonly Deed[] {
  const moved = location === undefined ? undefined : placeDeed(location, content?.value, past);
  const written = content?.value;
  if (moved !== undefined && moved.action !== 'renamed' && moved.action !== 'moved') return [moved];
  if (content === undefined || written === undefined) return moved === undefined ? [] : [moved];
  const edited: Deed = {
    action: contentAction(content, past),
    location: location?.value,
    from: undefined,
    content: written,
  };
  return moved === undefined ? [edited] : [moved, edited];
}

function placeDeed({ value, replaced }: LoggedWrite<Location>, content: Content | undefined, past: Past): Deed {
  const before = replaced.map(past).filter((old) => old !== undefined && isLocation(old));
  const deed = (action: LogAction, from?: Location): Deed => ({ action, location: value, from, content });
  if (replaced.length > 1 && before.some((old) => sameLocation(old, value))) return deed('settled');
  if (value.kind === 'trash') return deed('deleted');
  const fresh = replaced.length === 0 || (before.length > 0 && before.every(({ kind }) => kind === 'trash'));
  if (fresh && content !== undefined && splitConflictName(value.name) !== undefined) return deed('conflict-copy');
  if (fresh) return deed(replaced.length === 0 ? 'created' : 'restored');
  const from = before.find(({ kind }) => kind === 'live');
  if (from?.parent !== value.parent) return deed('moved', from);
  return deed(splitConflictName(value.name)?.original === from.name ? 'conflict-copy' : 'renamed', from);
}

function contentAction({ value, replaced }: LoggedWrite<Content>, past: Past): LogAction {
  const before = replaced.length > 1 ? replaced.map(past) : [];
  if (before.some((old) => old !== undefined && !isLocation(old) && sameContent(old, value))) return 'settled';
  return value.kind !== 'directory' && value.base === baseOf(value) ? 'touched' : 'edited';
}

function isLocation(value: Location | Content): value is Location {
  return value.kind === 'live' || value.kind === 'trash';
}

function sameLocation(a: Location, b: Location): boolean {
  return a.kind === b.kind && a.parent === b.parent && a.name === b.name;
}
