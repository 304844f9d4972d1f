import { readFileSync } from 'node:fs';

export function vectorFile(name: string): URL {
  return new URL(`./${name}.json`, import.meta.url);
}

export function vectorText(vectors: object): string {
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}

/** What the vectors of that name hold; the caller says what it expects to find in them. */
export function readVectors<T>(name: string): T {
  return JSON.parse(readFileSync(vectorFile(name), 'utf8'));
}
