import { sameBytes, sameContent } from '../entry.ts';
import type { Step } from './step.ts';
import type { MoveTask, RefreshTask, Task } from './task.ts';

/** The steps that do a task: one, or two for an entry that moves and gets new content at its new place. */
export function stepsOf(task: Task): readonly Step[] {
  const { entry } = task;
  switch (task.kind) {
    case 'move': {
      const from = task.state === 'parked' ? 'parked' : task.from.placement;
      return [{ kind: 'move', entry, from, to: task.to.placement }, ...contentSteps(task)];
    }
    case 'arrive': {
      const { placement: at, content } = task.to;
      if (content.kind === 'directory') return [{ kind: 'make-directory', entry, at }];
      return [{ kind: 'create', entry, at, content }];
    }
    case 'leave': {
      const { placement: from, content } = task.from;
      if (content.kind === 'directory') return [{ kind: 'remove-directory', entry, from }];
      return [{ kind: 'trash', entry, from, recursive: false }];
    }
    case 'refresh':
      return contentSteps(task);
  }
}

function contentSteps(task: MoveTask | RefreshTask): readonly Step[] {
  const { placement: at, content } = task.to;
  if (content.kind === 'directory' || sameContent(task.from.content, content)) return [];
  const kind = sameBytes(task.from.content, content) ? 'set-metadata' : 'replace';
  return [{ kind, entry: task.entry, at, content }];
}
