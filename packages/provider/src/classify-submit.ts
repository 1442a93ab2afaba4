import type { Failure, SubmitOutcome } from '@catwalk/core';
import { cleanText } from './clean-text.js';
import { errorCodeOf, isConnectError } from './is-connect-error.js';
import { isModerationText } from './moderation-list.js';
import { parseJsonObject } from './parse-json-exactly.js';
import { isJsonError, readAllErrorText, readErrorCodes, readErrorMessage } from './read-error-text.js';
import { readRetryAfterMs } from './read-retry-after.js';
import { readTaskId } from './read-task-id.js';
import { HeldBackError } from './send-while.js';

/** An answer of the provider, or as much of it as came. */
export interface ProviderAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** The `Retry-After` header. */
  readonly retryAfter: string | null;
  /** The `Date` header. */
  readonly date: string | null;
  readonly text: string;
  /** Why the body ended early; null when it is whole. */
  readonly bodyError: unknown;
}

/** No answer at all: what `fetch` threw. */
export interface ProviderFault {
  readonly kind: 'fault';
  readonly error: unknown;
}

/** Statuses that put the account or our access to it at fault, not the job (provider-facts.md §1.10). */
const ACCOUNT_STATUSES: ReadonlySet<number> = new Set([401, 402, 412, 596]);

/**
 * Codes with which the official Kling API answers 429 although no waiting helps: account exception, arrears,
 * used-up package, address not on the white list (provider-facts.md part 2, error codes).
 */
const ACCOUNT_CODES: ReadonlySet<number> = new Set([1100, 1101, 1102, 1304]);

/**
 * What one submit came to (architecture.md §6). It is called deferred or refused only where the provider
 * certainly has no task; everything doubtful is unanswered, and evidence decides.
 */
export function classifySubmit(reply: ProviderAnswer | ProviderFault): SubmitOutcome {
  if (reply.kind === 'fault') return classifyFault(reply.error);
  const { status } = reply;
  const body = parseJsonObject(reply.text);
  if (status >= 200 && status < 300) return classifySuccess(reply, body);
  if (status === 429) return classifyBusy(reply, body);
  if (status === 408 || !isJsonError(body)) return unanswered(reply);
  if (ACCOUNT_STATUSES.has(status)) return accountAtFault(status, body);
  if (status >= 400 && status < 500) return { kind: 'refused', failure: refusalOf(status, body) };
  if (status === 500 && isModerationText(readAllErrorText(body)))
    return { kind: 'refused', failure: rejectionOf(status, body) };
  return unanswered(reply);
}

function classifyFault(error: unknown): SubmitOutcome {
  if (error instanceof HeldBackError) return { kind: 'never-sent' };
  const name = errorCodeOf(error) ?? (error instanceof Error ? error.name : 'unknown error');
  const reason = cleanText(name, 100);
  if (!isConnectError(error))
    return { kind: 'unanswered', reason: `no answer: ${reason}`, providerStatus: null };
  return {
    kind: 'deferred',
    because: 'provider',
    retryAfterMs: null,
    reason: `no connection: ${reason}`,
    providerStatus: null,
  };
}

function classifySuccess(answer: ProviderAnswer, body: Record<string, unknown> | null): SubmitOutcome {
  const taskId = body === null ? null : readTaskId(body);
  return taskId === null ? unanswered(answer) : { kind: 'accepted', taskId };
}

function classifyBusy(answer: ProviderAnswer, body: Record<string, unknown> | null): SubmitOutcome {
  const { status } = answer;
  if (body !== null && readErrorCodes(body).some((code) => ACCOUNT_CODES.has(code)))
    return accountAtFault(status, body);
  const reason = (body === null ? null : readErrorMessage(body)) ?? `answered ${status}`;
  const retryAfterMs = readRetryAfterMs(answer, body);
  return { kind: 'deferred', because: 'busy', retryAfterMs, reason, providerStatus: status };
}

function accountAtFault(status: number, body: Record<string, unknown>): SubmitOutcome {
  const reason = readErrorMessage(body) ?? `answered ${status}`;
  return { kind: 'deferred', because: 'account', retryAfterMs: null, reason, providerStatus: status };
}

function refusalOf(status: number, body: Record<string, unknown>): Failure {
  const said = { providerStatus: status, providerMessage: readErrorMessage(body) };
  if (status === 400 || status === 422)
    return { code: 'invalid_input', message: 'The provider found the request invalid', ...said };
  return { code: 'provider_refused', message: 'The provider refused the request', ...said };
}

function rejectionOf(status: number, body: Record<string, unknown>): Failure {
  const message = 'The provider rejected the content of the images';
  return {
    code: 'content_rejected',
    message,
    providerStatus: status,
    providerMessage: readErrorMessage(body),
  };
}

function unanswered(answer: ProviderAnswer): SubmitOutcome {
  return { kind: 'unanswered', reason: doubtOf(answer), providerStatus: answer.status };
}

function doubtOf({ status, bodyError }: ProviderAnswer): string {
  if (bodyError !== null) return `answered ${status} with a body that was cut off`;
  if (status >= 200 && status < 300) return `answered ${status} without a task id`;
  return status < 400 ? `answered ${status}, a redirect` : `answered ${status}`;
}
