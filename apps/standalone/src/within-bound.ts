import { setTimeout as wait } from 'node:timers/promises';

/** Waits for what is stopping, but no longer than this; what it then still does goes on unheard. */
export async function within(ms: number, stopping: Promise<void>): Promise<void> {
  const bound = new AbortController();
  await Promise.race([
    stopping.catch(() => undefined),
    wait(ms, undefined, { signal: bound.signal }).catch(() => undefined),
  ]);
  bound.abort();
}
