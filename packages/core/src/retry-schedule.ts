/** All waits are computed here, from settings and counts, so that a test can compress time. Milliseconds. */

const POLL_GROWTH_MAX = 8;

/** Until the next poll of one task after `checks` polls of it: doubles from `pollIntervalMs` to 8 times that. */
export function pollDelayMs(checks: number, pollIntervalMs: number): number {
  return pollIntervalMs * Math.min(2 ** Math.max(0, checks - 1), POLL_GROWTH_MAX);
}

/** An unreachable provider is probed after 2 s, doubling to 60 s; `failures` counts from 1. */
export function providerRestMs(failures: number): number {
  return Math.min(2_000 * 2 ** Math.max(0, failures - 1), 60_000);
}

const HOUR_MS = 3_600_000;

/** An account at fault rests `accountRetryMs`, doubling to an hour at most; `failures` counts from 1. */
export function accountRestMs(failures: number, accountRetryMs: number): number {
  return Math.min(accountRetryMs * 2 ** Math.max(0, failures - 1), Math.max(HOUR_MS, accountRetryMs));
}

const BUSY_REST_MIN_MS = 1_000;

/**
 * After a 429 the account rests `Retry-After`, but at least a second, since "now" is no answer to being full;
 * without one 2 s with up to half of it as jitter. `random` in [0, 1).
 */
export function busyRestMs(retryAfterMs: number | null, random: number): number {
  if (retryAfterMs === null) return 2_000 + Math.floor(1_000 * random);
  return Math.max(retryAfterMs, BUSY_REST_MIN_MS);
}

/** A job that could not be sent leaves its place to others for so long: what hindered it may still be there. */
export const REQUEUE_PAUSE_MS = 1_000;

/**
 * A given-up attempt is looked at again 2, 12 and 48 deadlines after it was given up: 1, 6 and 24 hours with the
 * default deadline of 30 minutes. Null when the last look is behind us.
 */
export function lateLookDelayMs(looksDone: number, jobDeadlineMs: number): number | null {
  const factor = [2, 12, 48][looksDone];
  return factor === undefined ? null : factor * jobDeadlineMs;
}

/** For how long past its deadline an attempt is kept open when the provider cannot be asked. */
export function unaskableGraceMs(jobDeadlineMs: number): number {
  return 48 * jobDeadlineMs;
}

/** A claim older than this is not sent any more: a machine that slept must not send an old claim. */
export const CLAIM_FRESH_MS = 5_000;
