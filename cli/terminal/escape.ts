/**
 * What must not reach a terminal as it is: control characters (they move the cursor, set titles, answer back),
 * bidirectional and invisible format characters (they make one name look like another, CVE-2021-42574), private and
 * unassigned ones, lone surrogates, and line and paragraph separators.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Joins the parts of an emoji, and letters in some scripts; harmless and common. */
const ZERO_WIDTH_JOINERS = new Set(['\u200c', '\u200d']);

/** For names, paths and messages from elsewhere: one line of visible text. A backslash is doubled where escapes occur. */
export function escapeText(text: string): string {
  let unsafe = false;
  const escaped = text.replace(UNSAFE, (character) => {
    if (ZERO_WIDTH_JOINERS.has(character)) return character;
    unsafe = true;
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
  if (!unsafe) return text;
  return text.includes('\\') ? text.split('\\').map(escapeText).join('\\\\') : escaped;
}

/** JSON that is safe to print: what `JSON.stringify` leaves raw of the above becomes `\uXXXX`, the same value to a parser. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) => {
    let escaped = '';
    for (let index = 0; index < character.length; index += 1) {
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
