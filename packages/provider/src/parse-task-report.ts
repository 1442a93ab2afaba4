import type { TaskReport } from '@catwalk/core';
import { cleanText, REFERENCE_LENGTH_MAX } from './clean-text.js';
import { isModerationText } from './moderation-list.js';
import { objectOf, parseJsonObject } from './parse-json-exactly.js';
import { readAllErrorText, readErrorMessage } from './read-error-text.js';
import { readImages } from './read-images.js';
import { readTaskId } from './read-task-id.js';

/**
 * Reads the provider's task model, of a poll or a callback, in every shape its pages have shown. Null when it
 * is not a JSON object or says nothing of a status (`status_name`, a string `status` or `status_final`).
 * All text that leaves is bounded and free of NUL and lone surrogates; addresses in messages are cut.
 */
export function parseTaskReport(text: string): TaskReport | null {
  const body = parseJsonObject(text);
  return body === null ? null : reportOf(body);
}

/** Reads a callback's raw bytes; invalid UTF-8 is read with replacement characters. Null as for a report. */
export function parseCallbackBody(bytes: Uint8Array): TaskReport | null {
  return parseTaskReport(new TextDecoder().decode(bytes));
}

function reportOf(body: Record<string, unknown>): TaskReport | null {
  const task = objectOf(body.task) ?? {};
  const statusName = statusNameOf(body) ?? statusNameOf(task);
  const final = finalOf(body) ?? finalOf(task);
  if (statusName === null && final === null) return null;
  const failed = final === true && statusName !== 'succeed';
  return {
    taskId: readTaskId(body),
    replyRefs: replyRefsOf(body),
    statusName,
    final: final ?? false,
    images: readImages(body),
    message: readErrorMessage(body) ?? readErrorMessage(task),
    moderated: failed && isModerationText(readAllErrorText(body)),
  };
}

const STATUS_LENGTH_MAX = 100;

/** The provider's word for the status. Numbers are never read, not even written as text. */
function statusNameOf(fields: Record<string, unknown>): string | null {
  for (const value of [fields.status_name, fields.status]) {
    if (typeof value !== 'string') continue;
    const name = cleanText(value, STATUS_LENGTH_MAX).trim().toLowerCase();
    if (name !== '' && !/^\d+$/.test(name)) return name;
  }
  return null;
}

function finalOf(fields: Record<string, unknown>): boolean | null {
  return typeof fields.status_final === 'boolean' ? fields.status_final : null;
}

/** The vendor's own receivers look for it in all of these places. */
const REPLY_REF_HOLDERS = ['task', 'request', 'response', 'job'] as const;

function replyRefsOf(body: Record<string, unknown>): string[] {
  const holders = [body, ...REPLY_REF_HOLDERS.map((name) => objectOf(body[name]))];
  const refs = holders
    .map((holder) => holder?.replyRef)
    .filter((ref): ref is string => typeof ref === 'string' && ref !== '')
    .map((ref) => cleanText(ref, REFERENCE_LENGTH_MAX));
  return [...new Set(refs)];
}
