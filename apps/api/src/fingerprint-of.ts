import { hash } from 'node:crypto';
import type { CreateTryOn } from '@catwalk/contract';

/** Equal for equal parsed requests: defaults are filled in, and the order of metadata means nothing. */
export function fingerprintOf(body: CreateTryOn): string {
  const metadata = Object.entries(body.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const { humanImage, dressInput, upperInput, lowerInput, imageCount, email, maxJobs } = body;
  const { replyUrl, replyRef, customId, priority, expiresAt } = body;
  const provided = [humanImage, dressInput, upperInput, lowerInput, imageCount, email, maxJobs];
  const own = [replyUrl, replyRef, customId, priority, expiresAt?.getTime() ?? null, metadata];
  return hash('sha256', JSON.stringify([provided, own]), 'base64url');
}
