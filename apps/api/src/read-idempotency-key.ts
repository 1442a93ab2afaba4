import { invalidRequest } from './problem-error.js';

const LENGTH_MAX = 255;

/** The `Idempotency-Key` of a request; null without one. */
export function readIdempotencyKey(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const key = String(header);
  if (key.length >= 1 && key.length <= LENGTH_MAX) return key;
  throw invalidRequest([{ path: 'Idempotency-Key', message: `must have 1 to ${LENGTH_MAX} characters` }]);
}
