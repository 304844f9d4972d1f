/**
 * Whether a path (from a folder's root, '/' between names) matches a pattern: `*` is any part of one name, `**` any number
 * of names, `?` one character, and everything else itself. A pattern without '/' is matched against the last name alone.
 */
export function matchesGlob(pattern: string, path: string): boolean {
  const subject = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1);
  return regexOf(pattern).test(subject);
}

function regexOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|[\s\S]/gu, (part) => {
    if (part === '**/') return '(?:[^/]*/)*';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[\\^$.|+()[\]{}]/u, '\\$&');
  });
  return new RegExp(`^${source}$`, 'su');
}
