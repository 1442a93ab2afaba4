const LAST_RESORT_MS = 9_500;

/**
 * Stops the process on SIGINT or SIGTERM: once, in order, with exit code 0 if `stop` resolved and 1 if not.
 * A second signal exits at once, and a last-resort timer does when `stop` outlives its bound.
 * Returns a function that takes the handlers off again.
 */
export function stopOnSignals(options: {
  stop(): Promise<void>;
  onError?(error: unknown): void;
  /** Under npm, a terminal's Ctrl-C comes directly and again through npm: within this time both are one. */
  readonly echoMs?: number;
}): () => void {
  let firstAt: number | null = null;
  const onSignal = () => {
    const now = performance.now();
    if (firstAt !== null) {
      if (now - firstAt >= (options.echoMs ?? 0)) process.exit(1);
      return;
    }
    firstAt = now;
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    stopAndExit(options);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
}

function stopAndExit(options: { stop(): Promise<void>; onError?(error: unknown): void }): void {
  Promise.resolve()
    .then(() => options.stop())
    .then(
      () => process.exit(0),
      (error) => {
        options.onError?.(error);
        process.exit(1);
      },
    );
}
