import type { ProviderAnswer, ProviderFault } from './classify-submit.js';
import type { Scrub } from './create-scrubber.js';
import { cutAddresses, originOf } from './cut-addresses.js';
import { errorCodeOf } from './is-connect-error.js';

/** One request and its answer as the timeline may show them: no token, no signed addresses. */
export interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** The request's fields; addresses without query strings, `replyUrl` as its origin. */
  readonly request: Readonly<Record<string, string | number>>;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** The answer's body, at most 2,048 characters of it; null when no answer came. */
  readonly answer: string | null;
  readonly durationMs: number;
  /** Name and code of what broke the exchange, also of a body that was cut off; null when nothing did. */
  readonly errorName: string | null;
  readonly errorCode: string | null;
}

const ANSWER_LENGTH_MAX = 2_048;

/** Makes the record of an exchange that may be kept. Error messages are left out: they may quote headers. */
export function redactExchange(
  request: Pick<Exchange, 'method' | 'path' | 'request'>,
  reply: ProviderAnswer | ProviderFault,
  durationMs: number,
  scrub: Scrub,
): Exchange {
  const error = reply.kind === 'answer' ? reply.bodyError : reply.error;
  return {
    method: request.method,
    path: request.path,
    request: redactFields(request.request),
    status: reply.kind === 'answer' ? reply.status : null,
    answer: reply.kind === 'answer' ? scrub(reply.text, ANSWER_LENGTH_MAX) : null,
    durationMs,
    errorName: error instanceof Error ? error.name : error === null ? null : 'Error',
    errorCode: errorCodeOf(error),
  };
}

function redactFields(fields: Exchange['request']): Record<string, string | number> {
  const redacted = Object.entries(fields).map(([name, value]) => [name, redactField(name, value)]);
  return Object.fromEntries(redacted);
}

function redactField(name: string, value: string | number): string | number {
  if (typeof value === 'number') return value;
  return name === 'replyUrl' ? originOf(value) : cutAddresses(value);
}
