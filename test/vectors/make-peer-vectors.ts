/** Writes the vectors of what peers tell each other: `node test/vectors/make-peer-vectors.ts`. A test compares them. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { membershipVectors } from './membership-vectors.ts';
import { messageVectors } from './message-vectors.ts';
import { pairingVectors } from './pairing-vectors.ts';
import { vectorFile, vectorText } from './vector-file.ts';

export function makePeerVectors(): Readonly<Record<string, object>> {
  return { messages: messageVectors(), membership: membershipVectors(), pairing: pairingVectors() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, vectors] of Object.entries(makePeerVectors())) writeFileSync(vectorFile(name), vectorText(vectors));
}
