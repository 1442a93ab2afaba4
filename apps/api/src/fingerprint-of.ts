import { hash } from 'node:crypto';
import type { CreateTryOn } from '@catwalk/contract';

/** Equal for equal parsed requests: defaults are filled in, and the order of metadata means nothing. */
export function fingerprintOf(body: CreateTryOn): string {
  const metadata = Object.entries(body.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const { humanImage, dressInput, upperInput, lowerInput, imageCount, email, maxJobs } = body;
  const { replyUrl, replyRef, customId, priority, expiresAt, copyInputs } = body;
  const provided = [humanImage, dressInput, upperInput, lowerInput, imageCount, email, maxJobs];
  const own = [replyUrl, replyRef, customId, priority, expiresAt?.getTime() ?? null, metadata];
  // Left out where it is not asked for: what was stored before there was such a thing has the same fingerprint.
  const parts = copyInputs ? [provided, own, 'copyInputs'] : [provided, own];
  return hash('sha256', JSON.stringify(parts), 'base64url');
}
