import { createHash } from 'node:crypto';
import { invalidRequest } from './problem-error.js';

/**
 * A cursor says where the next page begins and belongs to one listing: the caller, what was asked and in
 * which order. It is no secret, since every page is cut to the caller's own rows again.
 */
export function writeCursor(listing: unknown, position: readonly string[]): string {
  return Buffer.from(JSON.stringify([markOf(listing), ...position])).toString('base64url');
}

/** The position a cursor holds. A broken one, or one of another listing, is refused. */
export function readCursor(listing: unknown, cursor: string, patterns: readonly RegExp[]): string[] {
  const [mark, ...position] = decode(cursor);
  const sound = position.length === patterns.length && position.every((part, n) => patterns[n]?.test(part));
  if (mark === markOf(listing) && sound) return position;
  throw invalidRequest([{ path: 'cursor', message: 'does not belong to this listing' }]);
}

function markOf(listing: unknown): string {
  return createHash('sha256').update(JSON.stringify(listing)).digest('base64url').slice(0, 22);
}

function decode(cursor: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) && parts.every((part) => typeof part === 'string') ? parts : [];
  } catch {
    return [];
  }
}
