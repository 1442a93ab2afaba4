import { z } from 'zod';
import { isStorable, UNSTORABLE_RULE } from './text.js';

const METADATA_KEYS_MAX = 50;
const METADATA_BYTES_MAX = 8_192;

/** A client's own labels: an object of strings, bounded in keys and in bytes of its UTF-8 JSON. */
export const metadata = z
  .custom<Record<string, string>>()
  .superRefine((value, context) => {
    for (const { path, message } of problemsOf(value)) context.addIssue({ code: 'custom', path, message });
  })
  .meta({
    type: 'object',
    additionalProperties: { type: 'string' },
    maxProperties: METADATA_KEYS_MAX,
  });

function problemsOf(value: unknown): { path: string[]; message: string }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ path: [], message: 'must be an object of strings' }];
  const entries = Object.entries(value);
  if (entries.length > METADATA_KEYS_MAX)
    return [{ path: [], message: `must have at most ${METADATA_KEYS_MAX} keys` }];
  const problems = entries.flatMap(([key, entry]) => problemOf(key, entry));
  if (problems.length === 0 && bytesOf(JSON.stringify(value)) > METADATA_BYTES_MAX)
    return [{ path: [], message: `must have at most ${METADATA_BYTES_MAX} bytes as JSON` }];
  return problems;
}

function problemOf(key: string, entry: unknown): { path: string[]; message: string }[] {
  if (key === '__proto__') return [{ path: [key], message: 'is an unknown field' }];
  if (typeof entry !== 'string') return [{ path: [key], message: 'must be a string' }];
  if (isStorable(key) && isStorable(entry)) return [];
  return [{ path: [key], message: UNSTORABLE_RULE }];
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
