/**
 * Names that some disk takes for one and the same fold to the same text: any case, either normal form. It folds more
 * than any one file system does. That costs at most an extra rename, where folding less would overwrite a file.
 */
export function foldedName(name: string): string {
  return name.normalize('NFD').toLowerCase().toUpperCase().normalize('NFD');
}
