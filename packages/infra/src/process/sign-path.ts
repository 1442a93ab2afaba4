import { createHmac, timingSafeEqual } from 'node:crypto';

const VALID_SECONDS = 7 * 86_400;
const DAY_SECONDS = 86_400;

/** What makes a path an address for whoever holds it, until a time. */
export interface PathSignature {
  /** Seconds since 1970. */
  readonly expires: number;
  readonly signature: string;
}

/**
 * Signs a path so that it may be read without a key for seven to eight days. It ends at a midnight (UTC), so that the
 * same path has the same address all day, and browsers and caches know it again.
 *
 * @param path as the app that serves it knows it, without a prefix before it and without a query
 */
export function signPath(path: string, signingKey: string, now: Date): PathSignature {
  const expires = Math.ceil((now.getTime() / 1_000 + VALID_SECONDS) / DAY_SECONDS) * DAY_SECONDS;
  return { expires, signature: signatureOf(path, expires, signingKey) };
}

/** Whether a path was signed by us, with this end, which is still to come. */
export function verifyPath(
  path: string,
  given: { readonly expires: string; readonly signature: string },
  signingKey: string,
  now: Date,
): boolean {
  if (!/^\d{1,12}$/.test(given.expires)) return false;
  const expected = Buffer.from(signatureOf(path, Number(given.expires), signingKey));
  const signature = Buffer.from(given.signature);
  if (signature.byteLength !== expected.byteLength || !timingSafeEqual(signature, expected)) return false;
  return now.getTime() < Number(given.expires) * 1_000;
}

function signatureOf(path: string, expires: number, signingKey: string): string {
  return createHmac('sha256', signingKey).update(`${path}\n${expires}`).digest('base64url');
}
