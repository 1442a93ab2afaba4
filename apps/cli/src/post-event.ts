import { setTimeout as wait } from 'node:timers/promises';
import type { Event } from '@catwalk/client';
import type { Webhook } from 'standardwebhooks';

/** What came of it. */
export interface Posted {
  /** Null when nothing answered. */
  readonly status: number | null;
  /** From the last try's beginning to its answer. */
  readonly ms: number;
  /** Why nothing answered. */
  readonly error: string | null;
}

const TIMEOUT_MS = 15_000;
/** A server that is being started anew is waited for. */
const REFUSED_WAITS_MS = [250, 500, 1_000, 2_000, 4_000];

/** Posts one event as a webhook would be posted; again only while the connection is refused. */
export async function postEvent(
  event: Event,
  { to, webhook, signal }: { readonly to: string; readonly webhook: Webhook; readonly signal: AbortSignal },
): Promise<Posted> {
  for (let tries = 0; ; tries += 1) {
    const posted = await postOnce(event, to, webhook, signal);
    const waitMs = posted.error === 'ECONNREFUSED' ? REFUSED_WAITS_MS[tries] : undefined;
    if (waitMs === undefined) return posted;
    await wait(waitMs, undefined, { signal });
  }
}

async function postOnce(event: Event, to: string, webhook: Webhook, signal: AbortSignal): Promise<Posted> {
  const body = JSON.stringify(event);
  const now = new Date();
  const startedAt = performance.now();
  const took = () => Math.round(performance.now() - startedAt);
  try {
    const response = await fetch(to, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        'content-type': 'application/json',
        'webhook-id': event.id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': webhook.sign(event.id, now, body),
      },
    });
    await response.body?.cancel();
    return { status: response.status, ms: took(), error: null };
  } catch (error) {
    signal.throwIfAborted();
    return { status: null, ms: took(), error: wordOf(error) };
  }
}

/** The code of the connection's own error, which `fetch` hides. */
function wordOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'TIMEOUT';
  for (let one = error; one instanceof Error; one = one.cause) {
    const [inner] = one instanceof AggregateError ? one.errors : [];
    const { code } = (inner ?? one) as NodeJS.ErrnoException;
    if (code !== undefined) return code;
  }
  return 'no answer';
}
