import type { Stamp } from '../../daemon/core/entry.ts';
import type { ApplyJob } from '../../daemon/engine/disk/apply-job.ts';
import { createDiskHost } from '../../daemon/engine/disk/disk-host.ts';
import type { DiskResults } from '../../daemon/engine/disk/jobs.ts';
import { stampOf } from '../../daemon/engine/disk/opened-root.ts';
import type { RootReference } from '../../daemon/engine/disk/root-reference.ts';
import type { BeforeOperation, DeviceOperation } from '../simulator/disk/operations.ts';
import { VirtualDisk } from '../simulator/disk/virtual-disk.ts';
import type { DiskScenario } from './disk-scenarios.ts';

export const ROOT = '/data/folder';
/** Two pages and a bit, so that every file can tear. */
const CONTENT_BYTES = 9000;
const MTIME_NS = 1_600_000_000_000_000_000n;

export function contentOf(letter: string): Uint8Array {
  return new Uint8Array(CONTENT_BYTES).fill(letter.charCodeAt(0));
}

/** One disk with a scenario about to happen. Everything on it is durable but for the staged files. */
export class DiskCase {
  readonly disk: VirtualDisk;
  readonly scenario: DiskScenario;
  readonly root: RootReference;
  readonly job: ApplyJob;
  /** Set while the job runs. */
  readonly operations: DeviceOperation[] = [];

  constructor(scenario: DiskScenario) {
    this.scenario = scenario;
    this.disk = new VirtualDisk(scenario.options === undefined ? {} : { options: scenario.options });
    const { user } = this.disk;
    user.makeDirectories(ROOT);
    for (const [path, letter] of Object.entries(scenario.before)) {
      user.makeDirectories(`${ROOT}/${path}`.replace(/\/[^/]*$/, ''));
      user.write(`${ROOT}/${path}`, contentOf(letter));
    }
    const marker = 'marker';
    const prepared = createDiskHost(this.disk.openFileSystem())({ kind: 'prepare', path: ROOT, marker });
    if (prepared.kind !== 'prepare') throw new Error('the job has another result');
    this.root = { path: ROOT, device: prepared.device, inode: prepared.inode, marker };
    this.disk.writeBack();
    this.stageMissing();
    const steps = scenario.steps((path) => this.stamp(path));
    this.job = { kind: 'apply', root: this.root, steps, needs: scenario.needs ?? steps.map(() => []) };
  }

  /** Stages what is to be put in place and is not in the staging directory. */
  stageMissing(): void {
    const { user } = this.disk;
    for (const letter of this.scenario.staged) {
      const path = `${ROOT}/.sheaf/stage/${letter}`;
      if (user.kindOf(path) !== undefined) continue;
      user.write(path, contentOf(letter));
      user.chmod(path, 0o644);
      user.setMtime(path, MTIME_NS);
    }
  }

  stamp(path: string): Stamp {
    const at = `${ROOT}/${path}`.lastIndexOf('/');
    const directory = this.disk.openFileSystem().openRoot(`${ROOT}/${path}`.slice(0, at));
    const stat = directory.stat(`${ROOT}/${path}`.slice(at + 1));
    directory.close();
    const stamp = stat && stampOf(stat);
    if (stamp === undefined) throw new Error(`nothing at ${path}`);
    return stamp;
  }

  /** Does the job with these faults. Throws what the job throws. */
  run(before?: BeforeOperation): DiskResults['apply'] {
    const first = this.disk.operations.count;
    this.disk.operations.before = (operation) => {
      const own = { ...operation, number: operation.number - first };
      this.operations.push(own);
      return before?.(own);
    };
    try {
      const result = createDiskHost(this.disk.openFileSystem())(this.job);
      if (result.kind !== 'apply') throw new Error('the job has another result');
      return result;
    } finally {
      this.disk.operations.before = undefined;
    }
  }

  /** Files and symlinks outside sheaf's own directory; a content that nobody wrote is 'torn'. */
  picture(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [path, { kind, bytes }] of this.disk.user.tree(ROOT, ['.sheaf'])) {
      if (kind === 'file') found[path] = letterOf(bytes);
      if (kind === 'symlink') found[path] = `→${new TextDecoder().decode(bytes)}`;
    }
    return found;
  }

  /** Contents that are anywhere on the disk, also in the trash. */
  contents(): ReadonlySet<string> {
    const files = [...this.disk.user.tree(ROOT).values()].filter(({ kind }) => kind === 'file');
    return new Set(files.map(({ bytes }) => letterOf(bytes)));
  }
}

export function letterOf(bytes: Uint8Array): string {
  const first = bytes[0] ?? 0;
  const whole = bytes.length === CONTENT_BYTES && bytes.every((byte) => byte === first);
  return whole && first !== 0 ? String.fromCharCode(first) : 'torn';
}
