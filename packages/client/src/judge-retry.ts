import { ApiError, ConnectionError, TimeoutError } from './errors.js';

const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 8_000;
/** Who is told to come back later than this is not kept waiting: the error says when. */
const RETRY_AFTER_MS_MAX = 60_000;
/** Those who were sent away together shall not come back together. */
const SPREAD_MS = 250;

export interface Failure {
  readonly error: unknown;
  /** Whether sending it again cannot do anything twice: a GET, or a POST under a key whose bytes are still there. */
  readonly repeatable: boolean;
  /** Retries so far. */
  readonly retries: number;
  readonly maxRetries: number;
}

/** Milliseconds to wait before the request is sent again, or null: then its error stands. */
export function judgeRetry(failure: Failure, random: () => number = Math.random): number | null {
  const { error, repeatable, retries, maxRetries } = failure;
  if (!repeatable || retries >= maxRetries || !mayPass(error)) return null;
  const askedMs = error instanceof ApiError ? error.retryAfterMs : null;
  if (askedMs !== null) return askedMs > RETRY_AFTER_MS_MAX ? null : askedMs + random() * SPREAD_MS;
  return backOffMs(retries, random);
}

/** Doubles each time, and is spread over its upper half. */
function backOffMs(retries: number, random: () => number): number {
  return Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** retries) * (0.5 + random() / 2);
}

/** Whether the same request may succeed soon. */
function mayPass(error: unknown): boolean {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return true;
  if (!(error instanceof ApiError)) return false;
  return [429, 502, 503, 504].includes(error.status) || error.code === 'upload_in_progress';
}
