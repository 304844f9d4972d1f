import { CodedError } from '../../../protocol/errors.ts';
import type { DeviceId, RecordId } from '../../../protocol/ids.ts';
import type { FolderContext } from '../context.ts';
import type { Session } from '../peers/session.ts';

/** One folder's membership records, as they go to and come from its members. */
export class Records {
  readonly #context: FolderContext;
  readonly #onNews: () => void;
  /** The newest records that connected members named. */
  readonly #heads = new Map<DeviceId, readonly RecordId[]>();

  /** @param onNews told when there are records that connected members may lack */
  constructor(context: FolderContext, onNews: () => void) {
    this.#context = context;
    this.#onNews = onNews;
  }

  /** A member said what its newest records are: those that lead to them are asked for. */
  heard(session: Session, heads: readonly RecordId[]): void {
    const { membership, config } = this.#context;
    this.#heads.set(session.device, heads);
    if (membership.knowsAll(heads)) return;
    session.send({ kind: 'want-records', folder: config.folder, have: membership.current.heads });
  }

  /** A member is not connected any more. */
  forget(device: DeviceId): void {
    this.#heads.delete(device);
  }

  /** False while somebody connected knows of records, and so perhaps of members, that are not here yet. */
  get complete(): boolean {
    return [...this.#heads.values()].every((heads) => this.#context.membership.knowsAll(heads));
  }

  send(session: Session, have: readonly RecordId[]): void {
    const { membership, config } = this.#context;
    const records = membership.after(have).map(({ bytes }) => bytes);
    session.send({ kind: 'records', folder: config.folder, records });
  }

  /** Returns true when there was something new. Rejects as `FolderMembership.receive` does. */
  async take(records: readonly Uint8Array[]): Promise<boolean> {
    const { membership, problems } = this.#context;
    try {
      if (!(await membership.receive(records))) return false;
    } catch (error) {
      if (error instanceof CodedError && error.code === 'too-many-records') {
        problems.report('', error.code, error.message);
      }
      throw error;
    }
    this.#onNews();
    await this.shareKeys();
    return true;
  }

  /** Members that were admitted while somebody rotated get their keys from any writer that has them. Never rejects. */
  async shareKeys(): Promise<void> {
    const { membership, clock, turn, logger } = this.#context;
    try {
      if (await turn.take(() => membership.shareKeys(clock.now()))) this.#onNews();
    } catch (error) {
      logger.warn('keys could not be shared with a member that has none', { error: String(error) });
    }
  }
}
