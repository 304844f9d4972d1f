import type { FileSystem } from '../../../daemon/effects/file-system.ts';
import { copyInode, type Inode } from './inode.ts';
import { InodeNumbers } from './inode-numbers.ts';
import { Medium } from './medium.ts';
import { diskError, Operations } from './operations.ts';
import { type DiskOptions, LINUX_DISK } from './options.ts';
import { Paths } from './paths.ts';
import type { PowerCut } from './power-cut.ts';
import { DiskSession } from './session.ts';
import { Tree } from './tree.ts';
import { DiskUser } from './user.ts';
import { VirtualDirectory } from './virtual-directory.ts';

/** An operation takes this long, so that no two leave the same exact stamp. */
const OPERATION_NS = 1000n;

export interface VirtualDiskSettings {
  readonly options?: Partial<DiskOptions>;
  /** The device's clock, in nanoseconds since 1970. */
  readonly nowNs?: () => bigint;
  /** Shared with the database of the same device. */
  readonly operations?: Operations;
}

/** What is on a disk, apart from it. */
export interface DiskImage {
  readonly inodes: ReadonlyMap<number, Inode>;
  /** Names for what is made next. */
  readonly numbers: InodeNumbers;
}

/** A whole disk in memory. Starts with an empty root directory. */
export class VirtualDisk {
  readonly operations: Operations;
  readonly tree: Tree;
  readonly paths: Paths;
  /** People and their programs: by absolute paths, uncounted, and never at fault. */
  readonly user: DiskUser;
  /** Told of every visible change: the absolute path of a directory, and the name in it. */
  onChange: ((directory: string, name: string) => void) | undefined;
  readonly #medium = new Medium();
  readonly #clockNs: () => bigint;
  readonly #volumes: number[] = [];
  #session = new DiskSession();
  #lastClockNs = 0n;
  #lastNs = 0n;

  constructor(settings: VirtualDiskSettings = {}) {
    this.operations = settings.operations ?? new Operations();
    this.#clockNs = settings.nowNs ?? (() => 1_700_000_000_000_000_000n);
    this.tree = new Tree({ ...LINUX_DISK, ...settings.options }, this.#medium, () => this.#stampNs());
    this.tree.onChange = (directory, name) => this.#tell(directory, name);
    this.paths = new Paths(this.tree, this.#makeVolume().id);
    this.user = new DiskUser(this.tree, this.paths);
  }

  /** Changes what the disk is like from now on: full, read-only, … */
  change(options: Partial<DiskOptions>): void {
    this.tree.options = { ...this.tree.options, ...options };
  }

  /** The disk as a process sees it, until the process is killed or the power goes. */
  openFileSystem(): FileSystem {
    const session = this.#session;
    return {
      openRoot: (path) => {
        session.require();
        const fault = this.operations.pass('disk', 'openRoot', path);
        if (fault?.kind === 'error' || fault?.kind === 'half') throw diskError(fault.code, 'open', path);
        const inode = this.paths.resolve(path);
        if (inode.kind !== 'directory') throw diskError('ENOTDIR', 'open', path);
        session.hold(inode);
        return new VirtualDirectory(
          { tree: this.tree, operations: this.operations, sync: (what, lost) => this.#sync(what, lost), session },
          inode,
        );
      },
    };
  }

  /** The processes end: handles are gone, what they wrote is seen as before. */
  kill(): void {
    this.#session.end(this.tree);
    this.#session = new DiskSession();
    this.operations.restarted();
  }

  /** The power goes, and comes back: only what was durable is there, and what the cut lets survive. */
  powerCut(cut: PowerCut): void {
    this.kill();
    this.#medium.cut(cut);
    this.tree.restore(this.#medium.reachable(this.#volumes));
  }

  /** How many effects a power cut would decide over now. */
  get waiting(): number {
    return this.#medium.waiting;
  }

  /** Everything is written back, as kernels do after half a minute without being asked. */
  writeBack(): void {
    this.#medium.syncAll();
  }

  #sync(what: Inode | 'everything', lost: boolean): void {
    if (what === 'everything') {
      if (lost) this.#medium.dropPages();
      else this.#medium.syncAll();
    } else if (lost) this.#medium.dropFile(what.id);
    else if (what.kind === 'directory') this.#medium.syncNames(what.id);
    else this.#medium.syncFile(what.id);
  }

  /** A copy of all that is on the disk, which is written back for it. Not of mounts. */
  image(): DiskImage {
    this.#medium.syncAll();
    const numbers = new InodeNumbers();
    numbers.follow(this.tree.numbers);
    return { inodes: this.#medium.copies(), numbers };
  }

  /** Puts an image in place of all that is here; processes end. The image stays as it is. */
  restore({ inodes, numbers }: DiskImage): void {
    this.kill();
    this.#medium.replace(new Map([...inodes].map(([id, inode]) => [id, copyInode(inode)])));
    this.tree.numbers.follow(numbers);
    this.tree.restore(this.#medium.reachable(this.#volumes));
  }

  /** Mounts a volume over a directory: a new one, or one that was unmounted. Returns what it takes to mount it again. */
  mount(path: string, volume: number = this.#makeVolume().id): number {
    const directory = this.paths.resolve(path);
    this.tree.mounts.set(directory.id, volume);
    this.tree.mountedAt.set(volume, directory.id);
    return volume;
  }

  /** Takes the volume away that is mounted at a path; what was below it is seen again. */
  unmount(path: string): number {
    const volume = this.paths.resolve(path).id;
    const directory = this.tree.mountedAt.get(volume);
    if (directory === undefined) throw diskError('EINVAL', 'umount', path);
    this.tree.mounts.delete(directory);
    this.tree.mountedAt.delete(volume);
    return volume;
  }

  #makeVolume(): Inode {
    const root = this.tree.makeVolume(BigInt(this.#volumes.length + 1));
    this.#volumes.push(root.id);
    return root;
  }

  #stampNs(): bigint {
    const clockNs = this.#clockNs();
    const jumped = clockNs < this.#lastClockNs || clockNs > this.#lastNs;
    this.#lastNs = jumped ? clockNs : this.#lastNs + OPERATION_NS;
    this.#lastClockNs = clockNs;
    const { stampNs } = this.tree.options;
    return this.#lastNs - (this.#lastNs % stampNs);
  }

  #tell(directory: number, name: string): void {
    if (this.onChange === undefined) return;
    this.onChange(this.tree.pathOf(this.tree.inode(directory)), name);
  }
}
