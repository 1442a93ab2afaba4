import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats an assertion until it holds, and returns what it returned; after the time it fails with the last failure.
 * For what happens soon, but not at once: instead of a sleep whose length would be a guess.
 */
export async function eventually<Result>(
  attempt: () => Result | Promise<Result>,
  options: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<Result> {
  const { timeoutMs = 10_000, intervalMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw withTime(error, timeoutMs);
    }
    await sleep(intervalMs);
  }
}

/** The failure itself is kept, so that a test shows its difference and its line. */
function withTime(error: unknown, timeoutMs: number): unknown {
  if (error instanceof Error) error.message = `not within ${timeoutMs} ms: ${error.message}`;
  return error;
}
