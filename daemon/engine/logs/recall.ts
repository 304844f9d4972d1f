import type { EntryId } from '../../../protocol/ids.ts';
import { parseRegisterKey, type RegisterName, registerKey } from '../../../protocol/register-codec.ts';
import type { Entry } from '../../core/entry.ts';
import type { RegisterState } from '../../core/merge/merge-jobs.ts';
import type { FolderContext } from '../context.ts';

/**
 * The index forgets files that are gone for long (`store/forget-gone.ts`); the documents never do. Where a change arrives
 * that touches one register of such a file, from a device that was away when it was deleted, the other register is
 * looked up: whether the file lives depends on both. Returns the registers with what was found.
 */
export async function recallForgotten(
  { documents, membership }: Pick<FolderContext, 'documents' | 'membership'>,
  index: { entry(id: EntryId): Entry | undefined },
  registers: readonly RegisterState[],
): Promise<readonly RegisterState[]> {
  const halves = new Map<EntryId, RegisterName | undefined>();
  for (const { key } of registers) {
    const { entry, register } = parseRegisterKey(key) ?? {};
    if (entry === undefined || register === undefined) continue;
    halves.set(entry, halves.has(entry) ? undefined : register);
  }
  let missing: string[] = [];
  for (const [entry, register] of halves) {
    if (register === undefined || index.entry(entry)?.remote !== undefined) continue;
    missing.push(registerKey(register === 'location' ? 'content' : 'location', entry));
  }
  const found: RegisterState[] = [];
  // What was written last is in the document of the newest epoch that has it.
  for (const epoch of [...membership.holder.secrets.keys()].toSorted((a, b) => b - a)) {
    if (missing.length === 0) break;
    const known = (await documents.read(epoch, missing)).filter(({ values }) => values.length > 0);
    found.push(...known);
    const here = new Set(known.map(({ key }) => key));
    missing = missing.filter((key) => !here.has(key));
  }
  return found.length === 0 ? registers : [...registers, ...found];
}
