/** Sheaf's own directory in every root, and what is in it. Never synced. */
export const HIDDEN = '.sheaf';
export const MARKER = 'folder';
/** A marker that is being written. */
export const NEW_MARKER = 'folder.new';
export const STAGE = `${HIDDEN}/stage`;
export const TRASH = `${HIDDEN}/trash`;
export const PARK = `${HIDDEN}/park`;

/** Splits a root-relative path into the directory and the last name. */
export function splitPath(path: string): { readonly directory: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return at < 0 ? { directory: '', name: path } : { directory: path.slice(0, at), name: path.slice(at + 1) };
}

export function joinPath(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}
