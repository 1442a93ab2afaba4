import { randomBytes } from 'node:crypto';

const pattern = /canary-[a-z0-9-]+-[0-9a-f]{40}/g;

/** A secret to plant (a key, a token, a signature) that is recognized wherever it comes out. Over 32 characters long. */
export function canary(kind: string): string {
  return `canary-${kind}-${randomBytes(20).toString('hex')}`;
}

/** Every planted secret in a text: a log, an error, an answer. Expect it to be empty. */
export function findCanaries(text: string): string[] {
  return text.match(pattern) ?? [];
}
