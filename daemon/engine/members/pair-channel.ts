import type { DeviceId } from '../../../protocol/ids.ts';
import type { PairMessage, Reject } from '../../../protocol/message-types.ts';

/** The other side of a pairing: a device that proved its id, and a way to answer it. A `Session` is one. */
export interface PairChannel {
  readonly device: DeviceId;
  send(message: PairMessage | Reject): void;
}
