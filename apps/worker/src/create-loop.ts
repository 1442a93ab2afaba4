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
  /** From the end of a round to the next, so that wakes that come meanwhile share it. None by default. */
  readonly restMs?: number;
  run(): Promise<void>;
  onError(error: unknown): void;
}): Loop {
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let restUntil = 0;
  let rest: NodeJS.Timeout | undefined;
  const run = (): void => {
    rest = undefined;
    again = false;
    running = Promise.resolve()
      .then(options.run)
      .catch(options.onError)
      .finally(() => {
        running = undefined;
        restUntil = performance.now() + (options.restMs ?? 0);
        if (again) wake();
      });
  };
  const wake = (): void => {
    again = true;
    if (closed || running !== undefined || rest !== undefined) return;
    const leftMs = restUntil - performance.now();
    if (leftMs <= 0) run();
    else rest = setTimeout(run, leftMs);
  };
  const timer = setInterval(wake, options.everyMs);
  return {
    wake,
    close: async () => {
      closed = true;
      clearInterval(timer);
      clearTimeout(rest);
      await running;
    },
  };
}
