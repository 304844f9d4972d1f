import type { MemberStatus } from '../../../protocol/local-api.ts';
import type {
  HeldBatch,
  ResolveRequest,
  ResolveResult,
  VerifyResult,
  WhyReason,
} from '../../../protocol/local-api-decisions.ts';
import type { FolderContext } from '../context.ts';
import type { Publisher } from '../logs/publish.ts';
import type { Fetcher } from '../transfer/fetch.ts';
import { brakeOf, bringBack } from './held.ts';
import { resolveConflicts } from './resolving.ts';
import { Verifier } from './verify.ts';
import { whyHere } from './why.ts';

/** How to look at the disk again. */
interface Look {
  /** Soon, at everything; and applies what can be applied. */
  everywhere(): void;
  /** At one directory; resolves when what was found is published. */
  at(directory: string): Promise<unknown>;
}

/** What a person decides about one folder, and what has to be looked at again then. */
export class FolderGuard {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #look: Look;
  readonly #verifier: Verifier;

  constructor(context: FolderContext, publisher: Publisher, fetcher: Fetcher, look: Look) {
    this.#verifier = new Verifier(context, publisher, fetcher);
    this.#context = context;
    this.#publisher = publisher;
    this.#look = look;
  }

  /** Lets a held batch go on, or undoes it. Undefined when there is none of this id; else what it was. */
  async decide(id: string, verdict: 'go' | 'undo'): Promise<HeldBatch | undefined> {
    const brake = brakeOf(this.#context, id);
    const held = brake?.held;
    if (brake === undefined || held === undefined) return undefined;
    if (verdict === 'undo' && held.direction === 'receiving') {
      await bringBack(this.#context, this.#publisher, held.code);
      brake.release();
    } else await brake.decide(verdict);
    this.#context.logger.info('a held batch was decided about', { ...held, verdict });
    this.#look.everywhere();
    return held;
  }

  /** Resolves conflicts on this disk and publishes that. */
  async resolve(request: ResolveRequest): Promise<ResolveResult> {
    const { resolved, problems, touched } = await resolveConflicts(this.#context, request);
    // What a person names version by version is no accident.
    const { sending } = this.#context.brakes;
    if (touched.size > 0) sending.allow(resolved.filter(({ kept }) => kept !== 'both').length);
    for (const directory of touched) await this.#look.at(directory);
    if (touched.size > 0) sending.disallow();
    return { resolved, problems };
  }

  verify(heal: boolean): Promise<VerifyResult> {
    return this.#verifier.verify(heal);
  }

  /** Why a path is not in sync: here first, then with others. */
  async why(path: string, members: readonly MemberStatus[]): Promise<readonly WhyReason[]> {
    const here = await whyHere(this.#context, path);
    if (here.some(({ code }) => code === 'own-directory' || code === 'unknown-path')) return here;
    const others = members.flatMap(({ name, connected, inSync }) => {
      if (inSync) return [];
      if (!connected) return [{ code: 'member-away', message: `${name} is not connected` }];
      return [{ code: 'member-behind', message: `${name} has not said yet that it has all of the folder` }];
    });
    return [...here, ...others];
  }
}
