import { describe, expect, it } from 'vitest';
import type { WhyResult } from '../../protocol/local-api-decisions.ts';
import { unsettled } from '../simulator/checks/registers.ts';
import { treesDiffer } from '../simulator/checks/trees.ts';
import { ROOT, type SimulatedDevice } from '../simulator/world/device.ts';
import type { DiskKind } from '../simulator/world/disks.ts';
import { World } from '../simulator/world/world.ts';

const SYNC_MS = 60_000;
const peaceful = { seed: 43, devices: 2, skewsMs: [], slowNetwork: false, reuseInodes: false, hardLinks: true };
const ALIAS = / \(alias [0-9a-f]{12}\)/;

/** Ada has a Linux disk, which can hold all names, and Ben one that can not. */
class Two {
  readonly world: World;
  readonly ada: SimulatedDevice;
  readonly ben: SimulatedDevice;

  constructor(kind: DiskKind) {
    this.world = new World({ ...peaceful, disks: ['any-names', kind] });
    this.ada = this.world.place(0).device;
    this.ben = this.world.place(1).device;
  }

  async inSync(): Promise<void> {
    const waiting = [this.ada, this.ben].map(({ api }) =>
      api.wait({ timeoutMs: SYNC_MS }, new AbortController().signal),
    );
    for (const answer of await this.world.schedule.during(Promise.all(waiting), 2 * SYNC_MS))
      expect(answer).toEqual({ inSync: true, missing: [] });
  }

  async settle(): Promise<void> {
    await this.inSync();
    expect([...treesDiffer(this.world), ...(await unsettled(this.world))]).toEqual([]);
  }

  /** Files of a device, `path: content`. */
  files(device: SimulatedDevice): readonly string[] {
    const found = [...device.disk.user.tree(ROOT, ['.sheaf'])];
    return found.flatMap(([path, { kind, bytes }]) => (kind === 'file' ? [`${path}: ${Buffer.from(bytes)}`] : []));
  }

  /** As Ben sees them, the id in an alias left out. */
  get benFiles(): readonly string[] {
    return this.files(this.ben).map((line) => line.replace(ALIAS, ' (alias)'));
  }

  /** The one path of Ben's disk that is an alias, or goes through one. */
  get alias(): string {
    const aliases = [...this.ben.disk.user.tree(ROOT, ['.sheaf']).keys()].filter((path) => ALIAS.test(path));
    expect(aliases).toHaveLength(1);
    return aliases[0] ?? '';
  }

  why(path: string): Promise<WhyResult> {
    return this.world.schedule.during(this.ben.api.why({ path: `${ROOT}/${path}` }), SYNC_MS);
  }

  write(device: SimulatedDevice, path: string, text: string): void {
    const slash = path.lastIndexOf('/');
    if (slash > 0) device.disk.user.makeDirectories(`${ROOT}/${path.slice(0, slash)}`);
    device.disk.user.write(`${ROOT}/${path}`, Buffer.from(text));
  }
}

async function inWorld(kind: DiskKind, live: (two: Two) => Promise<void>): Promise<void> {
  const two = new Two(kind);
  await two.world.begin();
  try {
    await live(two);
  } finally {
    for (const { device } of two.world.places) device.lastBreath();
  }
}

/** Two names that meet on Ben's disk; which of them keeps its own is said by their ids. */
async function meeting(two: Two): Promise<{ readonly aliased: string; readonly kept: string }> {
  two.write(two.ada, 'Read.me', 'Read.me');
  two.write(two.ada, 'READ.me', 'READ.me');
  await two.settle();
  const aliased = Buffer.from(two.ben.disk.user.read(`${ROOT}/${two.alias}`)).toString();
  return { aliased, kept: aliased === 'Read.me' ? 'READ.me' : 'Read.me' };
}

describe('an entry under an alias', () => {
  it('is edited, and is the same entry', () =>
    inWorld('ignores-case', async (two) => {
      const { aliased, kept } = await meeting(two);
      two.write(two.ben, two.alias, 'edited by Ben');
      await two.settle();
      expect(two.files(two.ada)).toEqual([`${aliased}: edited by Ben`, `${kept}: ${kept}`].toSorted());
      two.ben.disk.user.replace(`${ROOT}/${two.alias}`, Buffer.from('saved by Ben'));
      two.write(two.ada, kept, 'edited by Ada');
      await two.settle();
      expect(two.files(two.ada)).toEqual([`${aliased}: saved by Ben`, `${kept}: edited by Ada`].toSorted());
    }));

  it('is renamed by its user, for everybody', () =>
    inWorld('ignores-case', async (two) => {
      const { aliased, kept } = await meeting(two);
      two.ben.disk.user.rename(`${ROOT}/${two.alias}`, `${ROOT}/other`);
      await two.settle();
      expect(two.files(two.ada)).toEqual([`${kept}: ${kept}`, `other: ${aliased}`]);
      expect(two.benFiles).toEqual([`${kept}: ${kept}`, `other: ${aliased}`]);
    }));

  it('is moved to another directory, and has its own name there', () =>
    inWorld('ignores-case', async (two) => {
      const { aliased, kept } = await meeting(two);
      two.ben.disk.user.makeDirectories(`${ROOT}/below`);
      await two.settle();
      two.ben.disk.user.rename(`${ROOT}/${two.alias}`, `${ROOT}/below/${two.alias}`);
      await two.settle();
      expect(two.files(two.ada)).toEqual([`${kept}: ${kept}`, `below/${aliased}: ${aliased}`]);
      expect(two.benFiles).toEqual([`${kept}: ${kept}`, `below/${aliased}: ${aliased}`]);
    }));

  it('is deleted', () =>
    inWorld('ignores-case', async (two) => {
      const { kept } = await meeting(two);
      two.ben.disk.user.remove(`${ROOT}/${two.alias}`);
      await two.settle();
      expect(two.files(two.ada)).toEqual([`${kept}: ${kept}`]);
    }));

  it('has its own name again when the other goes, wherever that is done', () =>
    inWorld('ignores-case', async (two) => {
      const { aliased, kept } = await meeting(two);
      two.ada.disk.user.rename(`${ROOT}/${kept}`, `${ROOT}/elsewhere`);
      await two.settle();
      expect(two.benFiles).toEqual([`${aliased}: ${aliased}`, `elsewhere: ${kept}`].toSorted());
      two.write(two.ada, kept, 'again');
      await two.settle();
      two.ben.disk.user.remove(`${ROOT}/${two.benFiles.find((line) => !line.includes('alias'))?.split(':')[0]}`);
      await two.settle();
      expect(two.benFiles.some((line) => line.includes('alias'))).toBe(false);
    }));

  it('is explained, and does not keep a folder from being in sync', () =>
    inWorld('ignores-case', async (two) => {
      const { aliased, kept } = await meeting(two);
      const status = (await two.ben.api.status()).folders[0];
      expect(status).toMatchObject({ aliases: 1, problems: [], pendingEntries: 0 });
      const why = await two.why(two.alias);
      expect(why.inSync).toBe(true);
      expect(why.reasons).toEqual([
        {
          code: 'alias',
          message:
            `"${aliased}" on the other devices is ${two.alias} here: this disk takes it and "${kept}" for one name; ` +
            'rename one of them and it has its own again',
        },
      ]);
      expect((await two.ada.api.status()).folders[0]?.aliases).toBe(0);
    }));

  it('is found again when the folder is set up anew where it was', () =>
    inWorld('ignores-case', async (two) => {
      await meeting(two);
      const before = two.files(two.ben);
      const during = <T>(work: Promise<T>): Promise<T> => two.world.schedule.during(work, SYNC_MS);
      await during(two.ben.api.remove({ folder: 'shared', keepState: false }));
      const { ticket } = await during(two.ada.api.invite({ folder: 'shared' }));
      await during(two.ben.api.join({ ticket, path: ROOT }));
      await two.inSync();
      expect(two.files(two.ben)).toEqual(before);
      expect(two.files(two.ada)).toEqual(['READ.me: READ.me', 'Read.me: Read.me']);
    }));

  it('may be a directory, and those below it go with it', () =>
    inWorld('ignores-case', async (two) => {
      two.write(two.ada, 'Work/one', '1');
      two.write(two.ada, 'WORK/two', '2');
      await two.settle();
      expect(two.benFiles).toHaveLength(2);
      const inAlias =
        two
          .files(two.ben)
          .find((line) => ALIAS.test(line))
          ?.split(':')[0] ?? '';
      two.write(two.ben, inAlias, 'edited');
      two.write(two.ben, inAlias.replace(/(one|two)$/, 'three'), '3');
      await two.settle();
      const edited = inAlias.endsWith('one') ? 'Work/one' : 'WORK/two';
      expect(two.files(two.ada)).toContain(`${edited}: edited`);
      expect(two.files(two.ada)).toContain(`${edited.replace(/...$/, 'three')}: 3`);
    }));
});

describe('a disk that', () => {
  it('ignores case follows a rename that only changes case, both ways', () =>
    inWorld('ignores-case', async (two) => {
      two.write(two.ada, 'name/a', 'a');
      await two.settle();
      two.ada.disk.user.rename(`${ROOT}/name`, `${ROOT}/Name`);
      await two.settle();
      expect(two.files(two.ben)).toEqual(['Name/a: a']);
      two.ben.disk.user.rename(`${ROOT}/Name`, `${ROOT}/NAME`);
      await two.settle();
      expect(two.files(two.ada)).toEqual(['NAME/a: a']);
    }));

  it('decomposes names renames nothing, and keeps both forms apart', () =>
    inWorld('decomposes', async (two) => {
      two.write(two.ada, '\u00e9', 'composed');
      two.write(two.ada, 'u\u0308', 'decomposed');
      two.write(two.ben, 'o\u0308', 'by Ben');
      await two.settle();
      expect(two.files(two.ada).toSorted()).toEqual(['u\u0308: decomposed', '\u00e9: composed', '\u00f6: by Ben']);
      expect((await two.ben.api.status()).folders[0]?.aliases).toBe(0);
      two.write(two.ben, 'u\u0308', 'edited');
      two.write(two.ada, 'e\u0301', 'the other form');
      await two.settle();
      expect(two.files(two.ada)).toContain('u\u0308: edited');
      expect(two.benFiles).toHaveLength(4);
      expect((await two.ben.api.status()).folders[0]?.aliases).toBe(1);
      two.ada.disk.user.rename(`${ROOT}/u\u0308`, `${ROOT}/\u00fc`);
      await two.settle();
      expect(two.files(two.ben)).toContain('u\u0308: edited');
    }));

  it('has room for 143 bytes has every longer name cut', () =>
    inWorld('short-names', async (two) => {
      const long = `${'ü'.repeat(80)} and so on.txt`;
      two.write(two.ada, `${long}/${'x'.repeat(200)}`, 'long');
      await two.settle();
      const [path = ''] = two.files(two.ben);
      expect(path.split(ALIAS).join('')).toMatch(/^ü+\.txt\/x+: long$/);
      two.write(two.ben, path.slice(0, path.indexOf(':')), 'edited');
      await two.settle();
      expect(two.files(two.ada)).toEqual([`${long}/${'x'.repeat(200)}: edited`]);
      const why = await two.why(path.slice(0, path.indexOf(':')));
      expect(why.reasons.map(({ code }) => code)).toEqual(['alias', 'alias']);
    }));

  it('has the rules of Windows gets no name that these refuse', () =>
    inWorld('windows-names', async (two) => {
      for (const name of ['con', 'a:b', 'end.', 'what?.txt', 'plain']) two.write(two.ada, name, name);
      await two.settle();
      expect(two.benFiles).toEqual(
        [
          'a_b (alias): a:b',
          'con (alias): con',
          'end. (alias): end.',
          'plain: plain',
          'what_ (alias).txt: what?.txt',
        ].toSorted(),
      );
    }));
});
