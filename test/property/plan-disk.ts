import type { Placement } from '../../daemon/core/entry.ts';
import type { DiskTree, Standing, Step } from '../../daemon/core/plan/step.ts';
import { type EntryId, ROOT_ENTRY } from '../../protocol/ids.ts';
import type { Content } from '../../protocol/registers.ts';

export type Tree = ReadonlyMap<EntryId, Standing>;

interface Node {
  readonly entry: EntryId;
  content: Content;
  /** By the name as the disk compares it. */
  readonly children: Map<string, { readonly name: string; readonly node: Node }>;
}

/**
 * A disk that knows paths only and refuses what POSIX refuses: a parent that is missing or no directory, a name that is
 * taken, a directory that is not empty, a directory moved below itself. `ignoresCase` makes it compare names folded,
 * and refuse a rename that only changes case as any other rename to a taken name.
 */
export class PlanDisk implements DiskTree {
  readonly #root: Node = { entry: ROOT_ENTRY, content: DIRECTORY, children: new Map() };
  readonly #parking = new Map<EntryId, Node>();
  /** Where the steps so far have put each entry: what a path is resolved from. */
  readonly #places = new Map<EntryId, Placement | 'parked'>();
  readonly ignoresCase: boolean;

  constructor(tree: Tree, ignoresCase: boolean) {
    this.ignoresCase = ignoresCase;
    const rest = new Map(tree);
    const add = (entry: EntryId, standing: Standing): void => {
      if (!rest.delete(entry)) return;
      const { parent } = standing.placement;
      const above = rest.get(parent);
      if (above !== undefined) add(parent, above);
      this.#put(entry, standing.placement, { entry, content: standing.content, children: new Map() });
    };
    for (const [entry, standing] of tree) add(entry, standing);
  }

  /** Everything that is reachable from the root. */
  tree(): Map<EntryId, Standing> {
    const tree = new Map<EntryId, Standing>();
    const open = [this.#root];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const { name, node } of at.children.values()) {
        tree.set(node.entry, { placement: { parent: at.entry, name }, content: node.content });
        open.push(node);
      }
    }
    return tree;
  }

  get parked(): number {
    return this.#parking.size;
  }

  isParked(entry: EntryId): boolean {
    return this.#parking.has(entry);
  }

  placementOf(entry: EntryId): Placement | undefined {
    const place = this.#places.get(entry);
    return place === 'parked' ? undefined : place;
  }

  isDirectory(entry: EntryId): boolean {
    if (entry === ROOT_ENTRY) throw new Error('asked about the root');
    return this.#places.has(entry) && this.#find(entry).content.kind === 'directory';
  }

  childNamed(parent: EntryId, name: string): EntryId | undefined {
    if (parent !== ROOT_ENTRY && !this.#places.has(parent)) return undefined;
    return this.#find(parent).children.get(this.#key(name))?.node.entry;
  }

  /** In an order that no plan may depend on. */
  children(entry: EntryId): readonly EntryId[] {
    return [...this.#find(entry).children.values()].map((child) => child.node.entry).reverse();
  }

  /** Throws when the step cannot be executed as it stands. */
  execute(step: Step): void {
    const { entry } = step;
    switch (step.kind) {
      case 'make-directory':
        this.#put(entry, step.at, { entry, content: DIRECTORY, children: new Map() });
        break;
      case 'create':
        this.#put(entry, step.at, { entry, content: step.content, children: new Map() });
        break;
      case 'replace':
      case 'set-metadata':
        this.#rewrite(step);
        break;
      case 'park':
        this.#parking.set(entry, this.#take(entry, step.from));
        this.#places.set(entry, 'parked');
        break;
      case 'move':
        this.#move(entry, step.from, step.to);
        break;
      case 'trash':
      case 'remove-directory': {
        const { content, children } = this.#find(entry);
        if ((content.kind === 'directory') !== (step.kind === 'remove-directory'))
          throw new Error(`wrong ${step.kind}`);
        if (children.size > 0) throw new Error(`ENOTEMPTY: ${entry}`);
        this.#take(entry, step.from);
        this.#places.delete(entry);
      }
    }
  }

  #rewrite(step: Extract<Step, { readonly kind: 'replace' | 'set-metadata' }>): void {
    const node = this.#take(step.entry, step.at);
    if (node.content.kind !== step.content.kind) throw new Error(`another kind: ${step.entry}`);
    const sameBytes = node.content.digest === step.content.digest;
    if (sameBytes !== (step.kind === 'set-metadata')) throw new Error(`wrong step for the content: ${step.kind}`);
    node.content = step.content;
    this.#put(step.entry, step.at, node);
  }

  #move(entry: EntryId, from: Placement | 'parked', to: Placement): void {
    if (this.#isBelow(to.parent, entry)) throw new Error(`EINVAL: ${entry} into itself`);
    if (this.#find(to.parent).children.has(this.#key(to.name))) throw new Error(`EEXIST: ${to.parent}/${to.name}`);
    const node = from === 'parked' ? this.#parking.get(entry) : this.#take(entry, from);
    if (node === undefined) throw new Error(`not parked: ${entry}`);
    this.#parking.delete(entry);
    this.#put(entry, to, node);
  }

  #take(entry: EntryId, from: Placement): Node {
    const siblings = this.#find(from.parent).children;
    const child = siblings.get(this.#key(from.name));
    if (child === undefined || child.name !== from.name) throw new Error(`ENOENT: ${from.parent}/${from.name}`);
    if (child.node.entry !== entry) throw new Error(`${child.node.entry} stands where ${entry} should`);
    siblings.delete(this.#key(from.name));
    return child.node;
  }

  #put(entry: EntryId, at: Placement, node: Node): void {
    const parent = this.#find(at.parent);
    if (parent.content.kind !== 'directory') throw new Error(`ENOTDIR: ${at.parent}`);
    if (parent.children.has(this.#key(at.name))) throw new Error(`EEXIST: ${at.parent}/${at.name}`);
    parent.children.set(this.#key(at.name), { name: at.name, node });
    this.#places.set(entry, at);
  }

  /** Resolves an entry to its path, and the path to what is there. */
  #find(entry: EntryId): Node {
    const names: string[] = [];
    let node = this.#root;
    for (let at = entry; at !== ROOT_ENTRY; ) {
      const place = this.#places.get(at);
      if (place === undefined) throw new Error(`ENOENT: ${at}`);
      if (place === 'parked') {
        const parked = this.#parking.get(at);
        if (parked === undefined) throw new Error(`ENOENT: ${at} in the parking directory`);
        node = parked;
        break;
      }
      names.push(place.name);
      at = place.parent;
    }
    for (const name of names.reverse()) {
      const child = node.children.get(this.#key(name));
      if (child === undefined) throw new Error(`ENOENT: ${name} on the way to ${entry}`);
      node = child.node;
    }
    return node;
  }

  #isBelow(entry: EntryId, top: EntryId): boolean {
    for (let at: EntryId | 'parked' | undefined = entry; at !== undefined; ) {
      if (at === top) return true;
      const place: Placement | 'parked' | undefined = this.#places.get(at);
      at = place === 'parked' ? undefined : place?.parent;
    }
    return false;
  }

  #key(name: string): string {
    return this.ignoresCase ? name.toLowerCase() : name;
  }
}

const DIRECTORY: Content = {
  kind: 'directory',
  digest: '0'.repeat(64) as Content['digest'],
  mtimeNs: 0n,
  base: '0'.repeat(16),
  author: '0'.repeat(16),
  time: 0,
};
