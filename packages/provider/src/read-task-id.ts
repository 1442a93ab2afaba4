import { cleanText } from './clean-text.js';
import { objectOf } from './parse-json-exactly.js';

const TASK_ID_LENGTH_MAX = 200;

/** An id as text, digit by digit; null for everything that cannot be one (zero, fractions, empty text). */
export function idOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? String(value) : null;
  if (typeof value !== 'string' || value.length > TASK_ID_LENGTH_MAX) return null;
  const id = cleanText(value, TASK_ID_LENGTH_MAX).trim();
  return id === '' || id === '0' ? null : id;
}

/** `task.id`, else `id`: the provider's page has shown both shapes for the same request. */
export function readTaskId(body: Record<string, unknown>): string | null {
  return idOf(objectOf(body.task)?.id) ?? idOf(body.id);
}
