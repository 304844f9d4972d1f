/** How to decide about a held batch. */
export function decisions(id: string): string {
  return `"sheaf approve ${id}" lets it go on, "sheaf reject ${id}" undoes it`;
}
