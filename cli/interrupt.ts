/**
 * Runs `work` until it settles, or until Ctrl-C (or SIGTERM) aborts what it is given: a following command that its
 * user ends has done its job.
 */
export async function untilInterrupted(work: (interrupted: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  // They stay to the end: a signal to the whole process group comes twice, directly and from the launcher.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  }
}
