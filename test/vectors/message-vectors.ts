import { concat, toHex } from '../../protocol/bytes.ts';
import type { ChunkFrame } from '../../protocol/chunk-frame.ts';
import { encodeChunkFrame } from '../../protocol/chunk-frame.ts';
import type { Value } from '../../protocol/codec.ts';
import { decode, encode, readArray } from '../../protocol/codec.ts';
import type { Message } from '../../protocol/messages.ts';
import { encodeMessage } from '../../protocol/messages.ts';
import { sampleMessages } from '../support/messages.ts';
import { plainJson } from './plain-json.ts';
import { sampleBytes } from './sample.ts';

const NONE = new Uint8Array(0);

const frames: readonly ChunkFrame[] = [
  { request: 1, items: [] },
  {
    request: 0xfedcba98,
    items: [
      { index: 3, status: 'ok', sealed: sampleBytes('sealed', 20) },
      { index: 0, status: 'gone', sealed: NONE },
      { index: 4095, status: 'busy', sealed: NONE },
      { index: 1, status: 'ok', sealed: sampleBytes('sealed again', 17) },
    ],
  },
];

/** What a peer that is not sheaf could send instead of the first sample of that kind. */
function forged(kind: Message['kind'], why: string, change: (values: Value[]) => void): object {
  const message = sampleMessages.find((each) => each.kind === kind);
  if (message === undefined) throw new Error(`no sample of ${kind}`);
  const values = [...readArray(decode(encodeMessage(message)))];
  change(values);
  return { bytes: toHex(encode(values)), why };
}

const turned = (value: Value | undefined): Value => readArray(value).toReversed();

function refusedMessages(): readonly object[] {
  return [
    { bytes: '', why: 'nothing' },
    { bytes: '80', why: 'no type' },
    { bytes: '811863', why: 'unknown type' },
    { bytes: '9f0f00ff', why: 'an array of indefinite length' },
    { bytes: '820f1800', why: 'a number that is not in its shortest form' },
    { bytes: '9b7fffffffffffffff', why: 'an array longer than its message' },
    forged('hello', 'a field too many', (values) => values.push(0)),
    forged('cancel', 'a field too few', (values) => values.pop()),
    forged('pair-open', 'a nonce of another length', (values) => values.splice(2, 1, sampleBytes('nonce', 31))),
    forged('pair-refuse', 'an unknown code', (values) => values.splice(2, 1, 99)),
    forged('folder-open', 'heads out of order', (values) => values.splice(2, 1, turned(values[2]))),
    forged('frontier', 'a frontier out of order', (values) => values.splice(2, 1, turned(values[2]))),
    forged('want-entries', 'a sequence of 0', (values) => values.splice(4, 1, 0)),
    forged('want-chunks', 'items cut short', (values) => values.splice(4, 1, new Uint8Array(96))),
    forged('sync-probe', 'a nonce of more than 32 bits', (values) => values.splice(2, 1, 2 ** 32)),
    forged('applied', 'settled that is no boolean', (values) => values.splice(3, 1, 1)),
  ];
}

const refusedFrames: readonly object[] = [
  { bytes: '010000000100', why: 'cut in the header' },
  { bytes: '0100000001ffff', why: 'a table longer than the frame' },
  { bytes: '0100000001000100000000010000000000', why: 'bytes left over' },
  { bytes: '01000000010001000000000000000000', why: 'ok and empty' },
  { bytes: '010000000100010000000001000000010a', why: 'gone and not empty' },
  { bytes: '01000000010001000010000100000000', why: 'an index over 4095' },
  { bytes: '01000000010001000000000300000000', why: 'an unknown status' },
  { bytes: '0100000001000100000000000000020a', why: 'sealed bytes cut short' },
];

/** Messages of every kind, and chunk frames. */
export function messageVectors(): object {
  return {
    messages: sampleMessages.map((message) => ({ message: plainJson(message), bytes: toHex(encodeMessage(message)) })),
    refusedMessages: refusedMessages(),
    frames: frames.map((frame) => ({ frame: plainJson(frame), bytes: toHex(concat(...encodeChunkFrame(frame))) })),
    refusedFrames,
  };
}
