import type { LookOutcome } from '@catwalk/core';
import { askProvider, type ProviderRequest } from './ask-provider.js';
import type { ProviderAnswer } from './classify-submit.js';
import type { Scrub } from './create-scrubber.js';
import { errorCodeOf } from './is-connect-error.js';
import { parseJsonObject } from './parse-json-exactly.js';
import { isJsonError, readErrorMessage } from './read-error-text.js';

const TEXT_LENGTH_MAX = 2_000;

/**
 * Asks the provider a question that changes nothing. `parse` gets the body of a 2xx answer and returns null
 * when it cannot be read: then nothing was answered. Only a 404 in the API's own JSON is a "not found"; one of
 * something in between proves nothing.
 */
export async function look<T>(
  request: ProviderRequest,
  parse: (text: string) => T | null,
  scrub: Scrub,
): Promise<LookOutcome<T>> {
  const reply = await askProvider(request);
  if (reply.kind === 'fault')
    return { kind: 'unanswered', status: null, reason: `no answer: ${nameOf(reply.error)}` };
  if (reply.status >= 200 && reply.status < 300) return read(reply, parse);
  const body = parseJsonObject(reply.text);
  const said = scrub((body === null ? null : readErrorMessage(body)) ?? '', TEXT_LENGTH_MAX);
  if (reply.status === 404 && isJsonError(body)) return { kind: 'not-found', status: 404, message: said };
  const reason = said === '' ? `answered ${reply.status}` : `answered ${reply.status}: ${said}`;
  return { kind: 'unanswered', status: reply.status, reason };
}

function read<T>(answer: ProviderAnswer, parse: (text: string) => T | null): LookOutcome<T> {
  const { status, date, bodyError } = answer;
  const value = parse(answer.text);
  if (value !== null) return { kind: 'answered', value, status, dateHeader: date };
  const what = bodyError === null ? 'a body that cannot be read' : `a body cut off: ${nameOf(bodyError)}`;
  return { kind: 'unanswered', status, reason: `answered ${status} with ${what}` };
}

function nameOf(error: unknown): string {
  return errorCodeOf(error) ?? (error instanceof Error ? error.name : 'unknown error');
}
