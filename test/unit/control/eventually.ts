/** For `expect.poll`: what another process does can take long on a busy machine, and ends the wait when it happens. */
export const EVENTUALLY = { timeout: 25_000, interval: 20 };
