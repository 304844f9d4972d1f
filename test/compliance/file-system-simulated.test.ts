import type { DiskOptions } from '../simulator/disk/options.ts';
import { LINUX_DISK } from '../simulator/disk/options.ts';
import { VirtualDisk } from '../simulator/disk/virtual-disk.ts';
import { fileSystemCompliance } from './file-system.ts';

function simulated(name: string, options: Partial<DiskOptions>): void {
  fileSystemCompliance(name, () => {
    const disk = new VirtualDisk({ options });
    disk.user.makeDirectories('/data/folder');
    return {
      fileSystem: disk.openFileSystem(),
      rootPath: '/data/folder',
      mtimeErrorNs: (options.stampNs ?? LINUX_DISK.stampNs) - 1n,
      exchanges: options.exchanges ?? LINUX_DISK.exchanges,
      cleanUp: () => disk.kill(),
    };
  });
}

simulated('simulated', {});
simulated('simulated, where no two names change places', { exchanges: false });
simulated('simulated, with stamps of two seconds and used inode numbers', {
  stampNs: 2_000_000_000n,
  reuseInodes: true,
});
