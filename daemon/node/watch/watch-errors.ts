import { codeOf } from '../disk/errors.ts';

/** What a person can do about an error that ends a watch; undefined for errors that end nothing. */
export function fatalReason(error: unknown, root: string): string | undefined {
  switch (codeOf(error)) {
    case 'ENOSPC':
      return (
        `The system's limit on watched directories is reached while watching ${root}. ` +
        'Raise it: sudo sysctl fs.inotify.max_user_watches=1048576'
      );
    case 'EMFILE':
    case 'ENFILE':
      return (
        `The system's limit on watchers or open files is reached while watching ${root}. ` +
        'Raise it: sudo sysctl fs.inotify.max_user_instances=1024, and ulimit -n'
      );
    default:
      return undefined;
  }
}

export function rootGoneReason(root: string): string {
  return `${root} was moved, removed or replaced; changes in it are not noticed until it is watched again.`;
}
