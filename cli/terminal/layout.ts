import stringWidth from 'string-width';

/** Cuts to `width` columns, with `…` where something is missing. For text without escape sequences. */
export function cutEnd(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const wide = stringWidth(segment);
    if (used + wide > width - 1) break;
    kept += segment;
    used += wide;
  }
  return width > 0 ? `${kept}…` : '';
}

/** The same, but the end of a path says more than its start. */
export function cutStart(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let used = 0;
  let first = segments.length;
  while (first > 0) {
    const wide = stringWidth(segments[first - 1] ?? '');
    if (used + wide > width - 1) break;
    used += wide;
    first -= 1;
  }
  return width > 0 ? `…${segments.slice(first).join('')}` : '';
}

/** Columns of the widest; 0 without any. */
export function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => stringWidth(text)));
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

/** Rows under a heading, columns two spaces apart, nothing after the last one. Cells are escaped already. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => widest(all.map((row) => row[column] ?? '')));
  return all.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
