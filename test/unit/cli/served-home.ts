import { onTestFinished } from 'vitest';
import { serveControl } from '../../../daemon/control/server.ts';
import { createFakeApi, type FakeAnswers, type FakeApi } from '../control/fake-api.ts';
import { createQuietLogger } from '../control/quiet-logger.ts';
import { temporaryHome } from '../control/temporary-home.ts';

/** The real server before a fake daemon, in this process; ends with the test. */
export async function servedHome(answers: FakeAnswers = {}): Promise<{ readonly home: string; readonly api: FakeApi }> {
  const home = await temporaryHome();
  const api = createFakeApi(answers);
  const control = await serveControl({ api, home, logger: createQuietLogger() });
  onTestFinished(() => control.close());
  return { home, api };
}
