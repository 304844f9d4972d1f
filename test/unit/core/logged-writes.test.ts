import { expect, it } from 'vitest';
import { deedsOf, type LoggedChange, type Past, readLogged, wantedPast } from '../../../daemon/core/logged-writes.ts';
import type { OpId } from '../../../daemon/core/merge/change-format.ts';
import type { Digest, EntryId, FeedId } from '../../../protocol/ids.ts';
import { NO_DIGEST, ROOT_ENTRY } from '../../../protocol/ids.ts';
import type { Content, Location } from '../../../protocol/registers.ts';

const ENTRY = '11'.repeat(16) as EntryId;
const ELSEWHERE = '22'.repeat(16) as EntryId;
const FIRST: OpId = { counter: 1, actor: 'aa'.repeat(16) as FeedId };
const SECOND: OpId = { counter: 1, actor: 'bb'.repeat(16) as FeedId };
const DIGEST = '33'.repeat(32) as Digest;

const live = (name: string, parent: EntryId = ROOT_ENTRY): Location => ({ kind: 'live', parent, name });
const trash = (name: string): Location => ({ kind: 'trash', parent: ROOT_ENTRY, name, digest: DIGEST });
const link = (digest: Digest, base: string): Content => ({
  kind: 'symlink',
  digest,
  base,
  mtimeNs: 0n,
  author: 'a'.repeat(16),
  time: 0,
  target: digest,
});
const NEW = link(DIGEST, NO_DIGEST.slice(0, 16));

interface Case {
  readonly location?: Location;
  readonly content?: Content;
  /** Values of what was replaced, in both registers. */
  readonly over?: readonly (Location | Content)[];
}

function actionsOf({ location, content, over = [] }: Case): readonly string[] {
  const replaced = [FIRST, SECOND].slice(0, over.length);
  const past: Past = (put) => over[replaced.indexOf(put)];
  const change: LoggedChange = {
    entry: ENTRY,
    location: location === undefined ? undefined : { value: location, replaced },
    content: content === undefined ? undefined : { value: content, replaced },
  };
  return deedsOf(change, past).map(({ action }) => action);
}

it.each<readonly [string, Case, readonly string[]]>([
  ['a new entry', { location: live('a'), content: NEW }, ['created']],
  ['another name', { location: live('b'), over: [live('a')] }, ['renamed']],
  ['another directory', { location: live('a', ELSEWHERE), over: [live('a')] }, ['moved']],
  ['a place whose former one is lost', { location: live('a'), over: [NEW] }, ['moved']],
  ['moved and edited at once', { location: live('b'), content: NEW, over: [live('a')] }, ['renamed', 'edited']],
  ['deleted', { location: trash('a'), over: [live('a')] }, ['deleted']],
  ['back from the trash', { location: live('a'), over: [trash('a')] }, ['restored']],
  ['another content', { content: NEW, over: [link(NO_DIGEST, '')] }, ['edited']],
  ['another mode or time', { content: link(DIGEST, DIGEST.slice(0, 16)), over: [NEW] }, ['touched']],
  ['a losing version', { location: live('a (conflict bob 12345678).txt'), content: NEW }, ['conflict-copy']],
  ['a losing name', { location: live('a (conflict bob 12345678)'), over: [live('a')] }, ['conflict-copy']],
  ['one of two places', { location: live('a'), over: [live('b'), live('a')] }, ['settled']],
  ['one of two versions', { content: NEW, over: [link(NO_DIGEST, ''), NEW] }, ['settled']],
  ['an edit over two versions', { content: NEW, over: [link(NO_DIGEST, ''), link(NO_DIGEST, 'x')] }, ['edited']],
])('%s', (_, change, actions) => {
  expect(actionsOf(change)).toEqual(actions);
});

it('asks for the past only where it tells something', () => {
  const put = <Value>(value: Value, ...replaced: readonly OpId[]) => ({ value, replaced });
  const asked = (location: LoggedChange['location'], content: LoggedChange['content']): readonly OpId[] =>
    wantedPast({ entry: ENTRY, location, content });
  expect(asked(put(live('a')), put(NEW))).toEqual([]);
  expect(asked(put(trash('a'), FIRST), undefined)).toEqual([]);
  expect(asked(undefined, put(NEW, FIRST))).toEqual([]);
  expect(asked(put(live('a'), FIRST), put(NEW, FIRST, SECOND))).toEqual([FIRST, FIRST, SECOND]);
});

it('reads nothing out of bytes that are no change', () => {
  expect(readLogged(new Uint8Array([1, 2, 3]))).toEqual([]);
});
