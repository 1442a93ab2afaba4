import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Where the provider is asked to call back for one attempt: the path carries the attempt's `replyRef` and an
 * HMAC-SHA256 over mode and `replyRef`, so that nobody else can speak for it. It is a secret: never logged.
 *
 * @param origin the webhook app's public origin; a path prefix is allowed
 */
export function callbackAddress(origin: string, mode: string, replyRef: string, secret: string): string {
  const base = origin.endsWith('/') ? origin.slice(0, -1) : origin;
  return `${base}/callbacks/${encodeURIComponent(replyRef)}/${sign(mode, replyRef, secret).toString('base64url')}`;
}

/** Whether a callback path's signature is ours. Any of the secrets may have signed; the time is constant. */
export function isSignedByUs(
  mode: string,
  replyRef: string,
  signature: string,
  secrets: readonly string[],
): boolean {
  const given = Buffer.from(signature, 'base64url');
  let signed = false;
  for (const secret of secrets) {
    const expected = sign(mode, replyRef, secret);
    if (given.length === expected.length && timingSafeEqual(given, expected)) signed = true;
  }
  return signed;
}

function sign(mode: string, replyRef: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${mode}\n${replyRef}`).digest();
}
