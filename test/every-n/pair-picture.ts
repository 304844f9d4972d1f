import { trueNames } from '../simulator/checks/true-names.ts';
import { ROOT, type SimulatedDevice } from '../simulator/world/device.ts';
import { bytesOf, LARGE } from './pair-scenarios.ts';

/** Files by path, each by the letter of its content. */
export type Picture = Readonly<Record<string, string>>;

/** Files and symlinks, by their true names, outside sheaf's own directory; a content that nobody wrote is 'torn'. */
export function pictureOf(device: SimulatedDevice): Picture {
  const found: Record<string, string> = {};
  const trueName = trueNames(device);
  for (const [standing, { kind, bytes }] of device.disk.user.tree(ROOT, ['.sheaf'])) {
    const path = trueName(standing);
    if (kind === 'file') found[path.replace(/ \(conflict.*\)/, ' (conflict)')] = letterOf(bytes);
    if (kind === 'symlink') found[path] = `→${new TextDecoder().decode(bytes)}`;
  }
  return found;
}

function letterOf(bytes: Uint8Array): string {
  const letter = String.fromCharCode(bytes[0] ?? 0);
  return [letter, LARGE].find((each) => Buffer.compare(bytesOf(each), bytes) === 0) ?? 'torn';
}

export function show(picture: Picture | undefined): string {
  return Object.entries(picture ?? {})
    .map(([path, content]) => `${path}=${content}`)
    .sort()
    .join(' ');
}
