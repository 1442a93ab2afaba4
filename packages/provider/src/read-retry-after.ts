import { objectOf } from './parse-json-exactly.js';

/** Nobody is told to come back later than this: a wrong clock upstream must not stop an account for a year. */
const RETRY_AFTER_MS_MAX = 3_600_000;

/**
 * Milliseconds the provider asks us to wait: the `Retry-After` header (seconds or an HTTP date, RFC 9110
 * §10.2.3), else `retryAfter` in the body (seconds or ISO time). Times are read against the answer's own
 * `Date` header, never our clock; without one a time says nothing. Null when nothing readable was said.
 */
export function readRetryAfterMs(
  headers: { readonly retryAfter: string | null; readonly date: string | null },
  body: Record<string, unknown> | null,
): number | null {
  const values = [headers.retryAfter, body?.retryAfter, objectOf(body?.error)?.retryAfter];
  for (const value of values) {
    const waitMs = waitOf(value, headers.date);
    if (waitMs !== null) return Math.min(Math.max(waitMs, 0), RETRY_AFTER_MS_MAX);
  }
  return null;
}

function waitOf(value: unknown, date: string | null): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.ceil(value * 1_000) : null;
  if (typeof value !== 'string') return null;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1_000);
  const waitMs = Date.parse(value) - Date.parse(date ?? '');
  return Number.isNaN(waitMs) ? null : waitMs;
}
