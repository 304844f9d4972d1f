import type { EntryId } from '../../../protocol/ids.ts';
import type { PostponeReason } from './step.ts';
import type { Member } from './task.ts';

/** Takes a change out of the plan, and with it every change that needs it. Returns all that were taken out. */
export function postpone(member: Member, reason: PostponeReason, blocker: EntryId): readonly Member[] {
  const taken: Member[] = [];
  const open = [{ member, reason, blocker }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.member.postponed !== undefined) continue;
    const { entry } = next.member.change;
    next.member.postponed = { entry, reason: next.reason, blocker: next.blocker };
    taken.push(next.member);
    for (const task of next.member.tasks) {
      for (const need of task.neededBy) open.push({ member: need.task.member, reason: need.reason, blocker: entry });
    }
  }
  return taken;
}
