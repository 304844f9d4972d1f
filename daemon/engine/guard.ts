import type { HeldBatch } from '../../protocol/local-api.ts';
import type { FolderContext } from './context.ts';
import { brakeOf, revive } from './held.ts';
import type { Publisher } from './publish.ts';

/** What a person decides about one folder, and what has to be looked at again then. */
export class FolderGuard {
  readonly #context: FolderContext;
  readonly #publisher: Publisher;
  readonly #lookAgain: () => void;

  /** @param lookAgain scans everything, and applies what can be applied */
  constructor(context: FolderContext, publisher: Publisher, lookAgain: () => void) {
    this.#context = context;
    this.#publisher = publisher;
    this.#lookAgain = lookAgain;
  }

  /** Lets a held batch go on, or undoes it. Undefined when there is none of this id; else what it was. */
  async decide(id: string, verdict: 'go' | 'undo'): Promise<HeldBatch | undefined> {
    const brake = brakeOf(this.#context, id);
    const held = brake?.held;
    if (brake === undefined || held === undefined) return undefined;
    if (verdict === 'undo' && held.direction === 'receiving') {
      await revive(this.#context, this.#publisher);
      brake.release();
    } else brake.decide(verdict);
    this.#context.logger.info('a held batch was decided about', { ...held, verdict });
    this.#lookAgain();
    return held;
  }
}
