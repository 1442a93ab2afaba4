import type { TryOn, TryOnStatus } from '@catwalk/contract';
import type { CallOptions } from './request.js';
import { waitMs } from './wait-ms.js';

const LONG_POLL_SECONDS = 30;
/** A server that is stopping answers at once: it is not asked over and over. */
const BETWEEN_POLLS_MS = 1_000;

const IS_FINAL: Readonly<Record<TryOnStatus, boolean>> = {
  queued: false,
  submitting: false,
  unconfirmed: false,
  processing: false,
  succeeded: true,
  failed: true,
  canceled: true,
};

/** Asks until the try-on is final; the server holds each answer back until it is, or half a minute is over. */
export async function waitUntilFinal(
  get: (id: string, options: CallOptions & { waitSeconds: number }) => Promise<TryOn>,
  id: string,
  options: CallOptions,
): Promise<TryOn> {
  for (;;) {
    const askedAt = performance.now();
    const tryOn = await get(id, { ...options, waitSeconds: LONG_POLL_SECONDS });
    if (IS_FINAL[tryOn.status]) return tryOn;
    const restMs = BETWEEN_POLLS_MS - (performance.now() - askedAt);
    if (restMs > 0) await waitMs(restMs, options.signal);
  }
}
