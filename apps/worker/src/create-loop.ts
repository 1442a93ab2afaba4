/** A piece of work that is done again and again, never twice at once. */
export interface Loop {
  /** Does it now, or once more right after the round that is under way. */
  wake(): void;
  /** No round begins after this; resolves when the one under way has ended. */
  close(): Promise<void>;
}

/** Runs `run` every `everyMs` milliseconds and when woken. A round that fails is told, and the next one comes. */
export function createLoop(options: {
  readonly everyMs: number;
  run(): Promise<void>;
  onError(error: unknown): void;
}): Loop {
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  const wake = (): void => {
    again = true;
    if (closed || running !== undefined) return;
    again = false;
    running = Promise.resolve()
      .then(options.run)
      .catch(options.onError)
      .finally(() => {
        running = undefined;
        if (again) wake();
      });
  };
  const timer = setInterval(wake, options.everyMs);
  return {
    wake,
    close: async () => {
      closed = true;
      clearInterval(timer);
      await running;
    },
  };
}
