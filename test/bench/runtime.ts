// Measures the Node that runs it: `PATH_TO_NODE test/bench/runtime.ts`. One line of JSON; docs/decisions/0001-runtime.md
// has the figures that chose the pinned one. Rates are per second of processor time, best of three, so that other work
// on the machine disturbs them little.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createChunker, gearTable } from '../../daemon/core/chunker.ts';
import type { Link, Network } from '../../daemon/effects/network.ts';
import { createLibp2pNetwork } from '../../daemon/node/network/libp2p-network.ts';
import { toHex } from '../../protocol/bytes.ts';
import { chunkIdBytes, sealChunk } from '../../protocol/chunk.ts';
import { signingKeyFromSeed } from '../../protocol/crypto.ts';
import { deriveEpochKeys } from '../../protocol/epoch.ts';
import type { DeviceId, FolderId } from '../../protocol/ids.ts';

const MIB = 1024 * 1024;
const CHUNK_BYTES = 128 * 1024;
const STREAM_BYTES = 512 * MIB;
const QUEUE_LIMIT_BYTES = 8 * MIB;
const keys = deriveEpochKeys(0, new Uint8Array(32).fill(7), '0'.repeat(64) as FolderId);
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Processor seconds of this process so far, all threads. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Best of three, in 10^6 bytes a processor second. `work` returns how many bytes it went through. */
function rateOf(work: () => number): number {
  work();
  const rates = [1, 2, 3].map(() => {
    const startedSeconds = cpuSeconds();
    let bytes = 0;
    while (cpuSeconds() - startedSeconds < 0.6) bytes += work();
    return bytes / 1e6 / (cpuSeconds() - startedSeconds);
  });
  return Math.round(Math.max(...rates));
}

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function cut(bytes: Uint8Array): number {
  const chunker = createChunker(gearTable(new Uint8Array(32)));
  for (let start = 0; start < bytes.length; ) {
    start = chunker.findCut(bytes, start, bytes.length, true);
  }
  return bytes.length;
}

function copyFresh(bytes: Uint8Array): number {
  for (let start = 0; start < bytes.length; start += 65_536) {
    Buffer.allocUnsafeSlow(65_536).set(bytes.subarray(start, start + 65_536));
  }
  return bytes.length;
}

function createNetwork(seed: number): { readonly network: Network; readonly device: DeviceId } {
  const identitySeed = new Uint8Array(32).fill(seed);
  const device = toHex(signingKeyFromSeed(identitySeed).publicKey) as DeviceId;
  const listen = ['/ip4/127.0.0.1/tcp/0'];
  return { network: createLibp2pNetwork({ identitySeed, listen, discovery: false, logger: silent }), device };
}

/** The child: takes everything and says what that cost when it has seen all of it. */
async function receive(): Promise<void> {
  const { network, device } = createNetwork(2);
  let received = 0;
  let startedSeconds = 0;
  await network.start({
    admit: () => true,
    onLink: () => ({
      onFrame: (_, frame) => {
        if (received === 0) startedSeconds = cpuSeconds();
        received += frame.length;
        if (received >= STREAM_BYTES) process.send?.({ seconds: cpuSeconds() - startedSeconds });
      },
      onClosed: () => process.exit(0),
    }),
    onDiscovered: () => undefined,
  });
  process.send?.({ device, addresses: network.addresses() });
}

interface StreamCost {
  /** Of the sender and of the receiver, in 10^6 bytes a processor second. */
  readonly sender: number;
  readonly receiver: number;
  /** In 10^6 bytes a second of the clock. */
  readonly together: number;
  /** Memory of the receiver before. */
  readonly idleMiB: number;
}

/** One bulk lane to another process over loopback: TCP, noise, yamux and our frames. */
async function stream(): Promise<StreamCost> {
  const child = fork(fileURLToPath(import.meta.url), ['receive']);
  const [told]: { device: DeviceId; addresses: string[] }[] = await once(child, 'message');
  const { network } = createNetwork(1);
  let open: (link: Link) => void = () => undefined;
  const opened = new Promise<Link>((resolve) => {
    open = resolve;
  });
  await network.start({
    admit: () => true,
    onLink: (link) => {
      open(link);
      return { onFrame: () => undefined, onClosed: () => undefined };
    },
    onDiscovered: () => undefined,
  });
  if (told === undefined) throw new Error('the other process said nothing');
  await network.connect(told.device, told.addresses);
  const link = await opened;
  await sleep(500);
  const idle = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];

  const parts = Array.from({ length: 8 }, () => noise(CHUNK_BYTES));
  const startedMs = performance.now();
  const startedSeconds = cpuSeconds();
  for (let sent = 0; sent < STREAM_BYTES; sent += MIB) {
    link.send('bulk', ...parts);
    await link.drained('bulk', QUEUE_LIMIT_BYTES);
  }
  const [cost]: { seconds: number }[] = await once(child, 'message');
  const seconds = (performance.now() - startedMs) / 1000;
  const senderSeconds = cpuSeconds() - startedSeconds;
  await network.stop();
  const megabytes = STREAM_BYTES / 1e6;
  return {
    sender: Math.round(megabytes / senderSeconds),
    receiver: Math.round(megabytes / (cost?.seconds ?? Number.NaN)),
    together: Math.round(megabytes / seconds),
    idleMiB: Math.round(Number(idle) / 1024),
  };
}

async function measureAll(): Promise<void> {
  const bytes = noise(32 * MIB);
  const chunk = bytes.subarray(0, CHUNK_BYTES);
  const id = chunkIdBytes(keys, chunk);
  const streams = [await stream(), await stream(), await stream()];
  const best = (key: keyof StreamCost): number => Math.max(...streams.map((one) => one[key]));
  const figures = {
    node: process.versions.node,
    chunking: rateOf(() => cut(bytes)),
    hmacSha256: rateOf(() => chunkIdBytes(keys, chunk).length && chunk.length),
    aes256Gcm: rateOf(() => sealChunk(keys, id, chunk).length && chunk.length),
    freshBuffers: rateOf(() => copyFresh(bytes)),
    streamSender: best('sender'),
    streamReceiver: best('receiver'),
    streamTogether: best('together'),
    idleMiB: Math.min(...streams.map(({ idleMiB }) => idleMiB)),
  };
  console.log(JSON.stringify(figures));
}

if (process.argv[2] === 'receive') await receive();
else await measureAll();
