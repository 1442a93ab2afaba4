import { cleanText, MESSAGE_LENGTH_MAX } from './clean-text.js';
import { cutAddresses } from './cut-addresses.js';
import { objectOf } from './parse-json-exactly.js';

/**
 * The words of a provider's error: `error` as a string or an object (upstream errors are passed through), else
 * `message`. Null where the body has neither. HTML inside is reduced to its text, addresses are cut to origin
 * and path, and the whole to 2,000 characters.
 */
export function readErrorMessage(body: Record<string, unknown>): string | null {
  const text = textOf(body.error) ?? textOf(body.message);
  if (text === null) return null;
  return cleanText(cutAddresses(withoutTags(text).slice(0, 2 * MESSAGE_LENGTH_MAX)), MESSAGE_LENGTH_MAX);
}

/** Everything that could say why, `error` and `message` with all their fields: for the moderation list. */
export function readAllErrorText(body: Record<string, unknown>): string {
  const parts = [body.error, body.message, objectOf(body.task)?.error, objectOf(body.task)?.message];
  return parts
    .filter((part) => part !== undefined && part !== null)
    .map((part) => (typeof part === 'string' ? part : jsonOf(part)))
    .join('\n');
}

/** Numeric error codes of the body, as the official Kling API writes them: `code` or `error.code`. */
export function readErrorCodes(body: Record<string, unknown>): number[] {
  return [body.code, objectOf(body.error)?.code].map(Number).filter(Number.isSafeInteger);
}

/** Whether the body is an error of the API rather than of something between us and it. */
export function isJsonError(body: Record<string, unknown> | null): body is Record<string, unknown> {
  return body !== null && (textOf(body.error) ?? textOf(body.message)) !== null;
}

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value;
  const fields = objectOf(value);
  if (fields === null) return null;
  for (const name of ['message', 'error', 'msg', 'detail'])
    if (typeof fields[name] === 'string' && fields[name].trim() !== '') return fields[name];
  return jsonOf(fields);
}

/** `JSON.stringify` recurses and overflows the stack on what `JSON.parse` still reads. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '[nested too deeply]';
  }
}

const HTML = /^\s*<(?:!doctype|html|head|body|h\d|p|div|center)\b/i;

function withoutTags(text: string): string {
  if (!HTML.test(text)) return text;
  const words = text.slice(0, 20_000).replace(/<[^<>]*>/g, ' ');
  return words.replace(/\s+/g, ' ').trim();
}
