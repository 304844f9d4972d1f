/**
 * Stands in for `daemon/main.ts` as a process of its own: same arguments, same socket, a fake behind it. What it does
 * comes from FAKE_DAEMON, JSON of `Behaviour`.
 */
import { parseArgs } from 'node:util';
import { serveControl } from '../../../daemon/control/server.ts';
import { createFakeApi, type FakeAnswers } from '../control/fake-api.ts';
import { createQuietLogger } from '../control/quiet-logger.ts';

export interface Behaviour extends Pick<FakeAnswers, 'status' | 'folders' | 'devices' | 'wait'> {
  /** Dies at once with this on stderr. */
  readonly dies?: string;
  /** Ends without an answer when it is asked to stop. */
  readonly abrupt?: boolean;
}

const behaviour = JSON.parse(process.env['FAKE_DAEMON'] ?? '{}') as Behaviour;
const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    listen: { type: 'string', multiple: true },
    name: { type: 'string' },
    'no-discovery': { type: 'boolean' },
  },
});
if (behaviour.dies !== undefined) {
  process.stderr.write(`a line of the log\nsheaf: ${behaviour.dies}\n`);
  process.exit(1);
}
const api = createFakeApi(behaviour);
const device = { ...api.device(), ...(values.name === undefined ? {} : { name: values.name }) };
const addresses = [...(values.listen ?? []), ...(values['no-discovery'] === true ? [] : ['/discovered'])];
const stop = behaviour.abrupt === true ? (): never => process.exit(0) : api.stop;
const served = { ...api, device: () => ({ ...device, addresses }), stop };
const control = await serveControl({ api: served, home: values.home ?? '', logger: createQuietLogger() });
process.stderr.write('fake daemon is up\n');
const end = async (): Promise<void> => {
  await control.close();
  process.exit(0);
};
process.on('SIGTERM', () => void end()).on('SIGINT', () => void end());
await control.stopped;
await end();
