import type { ApiEvent } from '../../protocol/local-api.ts';
import type { Clock } from '../effects/clock.ts';
import { isoTime } from './iso-time.ts';

/** What happens, told to whoever listens on the local API. */
export class Events {
  readonly #clock: Clock;
  readonly #listeners = new Set<(event: ApiEvent) => void>();
  #sequence = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  emit(kind: ApiEvent['kind'], fields: Partial<Pick<ApiEvent, 'folder' | 'path' | 'device' | 'detail'>> = {}): void {
    this.#sequence += 1;
    if (this.#listeners.size === 0) return;
    const time = isoTime(this.#clock.now());
    const event: ApiEvent = { sequence: this.#sequence, time, kind, ...fields };
    for (const listener of this.#listeners) listener(event);
  }

  subscribe(listener: (event: ApiEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
