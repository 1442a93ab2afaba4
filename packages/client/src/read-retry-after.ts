/**
 * Milliseconds that `Retry-After` asks to wait: seconds, or a date, which is read against the answer's own `Date`
 * (RFC 9110 §10.2.3), for the clocks of two machines differ. Null when nothing readable was said.
 */
export function readRetryAfterMs(headers: Headers, now: () => number = Date.now): number | null {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000);
  // Date.parse makes a year of any small number.
  const until = value.endsWith('GMT') ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(until)) return null;
  const answeredAt = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(answeredAt) ? now() : answeredAt));
}
