import { toHex } from '../../protocol/bytes.ts';
import { boxKeyPairFromSeed, type SigningKey, signingKeyFromSeed } from '../../protocol/crypto.ts';
import type { DeviceId, InstanceId } from '../../protocol/ids.ts';
import type { DeviceState } from '../store/device-state.ts';

/** This device, with its keys at hand. */
export interface Device {
  readonly id: DeviceId;
  readonly instance: InstanceId;
  readonly name: string;
  readonly signingKey: SigningKey;
  readonly box: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array };
}

export function deviceFrom(state: DeviceState): Device {
  const signingKey = signingKeyFromSeed(state.identitySeed);
  return {
    id: toHex(signingKey.publicKey) as DeviceId,
    instance: state.instance,
    name: state.name,
    signingKey,
    box: boxKeyPairFromSeed(state.boxSeed),
  };
}

/** What contents name their author by: the first 8 bytes of its id. */
export function authorOf(device: DeviceId): string {
  return device.slice(0, 16);
}
