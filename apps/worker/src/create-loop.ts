/** A piece of work that is done again and again, never twice at once. */
export interface Loop {
  /** Does it now, or once more right after the round that is under way. */
  wake(): void;
  /** No round begins after this; resolves when the one under way has ended. */
  close(): Promise<void>;
}

/**
 * Runs `run` every `everyMs` milliseconds and when woken, but not within `restMs` after a round. A round that fails
 * is told, and the next one comes.
 */
export function createLoop(options: {
  readonly everyMs: number;
  readonly restMs?: number;
  run(): Promise<void>;
  onError(error: unknown): void;
}): Loop {
  let running: Promise<void> | undefined;
  let resting: NodeJS.Timeout | undefined;
  let again = false;
  let closed = false;
  const wake = (): void => {
    again = true;
    if (closed || running !== undefined || resting !== undefined) return;
    again = false;
    running = Promise.resolve()
      .then(options.run)
      .catch(options.onError)
      .finally(() => {
        running = undefined;
        if (options.restMs !== undefined && !closed) resting = setTimeout(goOn, options.restMs);
        else goOn();
      });
  };
  const goOn = (): void => {
    resting = undefined;
    if (again) wake();
  };
  const timer = setInterval(wake, options.everyMs);
  return {
    wake,
    close: async () => {
      closed = true;
      clearInterval(timer);
      clearTimeout(resting);
      await running;
    },
  };
}
