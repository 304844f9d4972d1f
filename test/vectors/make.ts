/** Writes the vectors beside this file: `node test/vectors/make.ts`. A test fails when they are not what is written here. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chunkVectors } from './chunk-vectors.ts';
import { encodingVectors } from './encoding-vectors.ts';
import { idVectors, keyVectors } from './keys-vectors.ts';
import { logVectors } from './log-vectors.ts';
import { registerVectors } from './register-vectors.ts';
import { vectorFile, vectorText } from './vector-file.ts';

export function makeVectors(): Readonly<Record<string, object>> {
  return {
    encoding: encodingVectors(),
    ids: idVectors(),
    keys: keyVectors(),
    chunks: chunkVectors(),
    registers: registerVectors(),
    log: logVectors(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, vectors] of Object.entries(makeVectors())) writeFileSync(vectorFile(name), vectorText(vectors));
}
