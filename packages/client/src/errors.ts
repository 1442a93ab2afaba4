import type { Issue, ProblemCode } from '@catwalk/contract';

/** What is known of the request that went wrong. */
export interface ErrorContext {
  /** `X-Request-Id` of the answer, as the API's log has it; null if there was none. */
  readonly requestId?: string | null;
  /** The key the request was sent with: sending the same again with it makes nothing twice. */
  readonly idempotencyKey?: string | null;
  /** How to go on. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Everything the client throws by itself; none of it ever holds the API key. */
export class CatwalkError extends Error {
  override readonly name: string = 'CatwalkError';
  readonly requestId: string | null;
  readonly idempotencyKey: string | null;

  constructor(message: string, context: ErrorContext = {}) {
    super(
      context.hint ? `${message}; ${context.hint}` : message,
      context.cause === undefined ? {} : { cause: context.cause },
    );
    this.requestId = context.requestId ?? null;
    this.idempotencyKey = context.idempotencyKey ?? null;
  }
}

/** A refusal, as the API words it. */
export interface Refusal {
  /** A code of the contract, one that is newer than this client, or `http_502` where something else answered. */
  readonly code: ProblemCode | (string & {});
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly retryable: boolean;
  /** What is wrong with the request, field by field. */
  readonly errors: readonly Issue[];
  /** How long the answer asks to wait, in milliseconds; null if it does not. */
  readonly retryAfterMs: number | null;
}

/** The API refused the request. */
export class ApiError extends CatwalkError implements Refusal {
  override readonly name = 'ApiError';
  readonly code: Refusal['code'];
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly retryable: boolean;
  readonly errors: readonly Issue[];
  readonly retryAfterMs: number | null;

  constructor(refusal: Refusal, context: ErrorContext = {}) {
    const { hint = '', ...known } = context;
    super(messageOf(refusal), refusal.retryable ? { ...known, hint } : known);
    this.code = refusal.code;
    this.status = refusal.status;
    this.title = refusal.title;
    this.detail = refusal.detail;
    this.retryable = refusal.retryable;
    this.errors = refusal.errors;
    this.retryAfterMs = refusal.retryAfterMs;
  }
}

/** No answer in time. Whether the request had its effect is not known. */
export class TimeoutError extends CatwalkError {
  override readonly name = 'TimeoutError';
}

/** No connection, or one that broke off. Whether the request had its effect is not known. */
export class ConnectionError extends CatwalkError {
  override readonly name = 'ConnectionError';
}

/** An answer that the contract does not know: another server, or a proxy in between. */
export class UnexpectedAnswerError extends CatwalkError {
  override readonly name = 'UnexpectedAnswerError';
}

/** The fields are named behind the detail where it does not name them itself. */
function messageOf({ code, detail, errors }: Refusal): string {
  const said = plain(detail);
  const fields = errors
    .map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
    .filter((field) => !said.includes(plain(field)));
  return `${code}: ${detail}${fields.length === 0 ? '' : ` (${fields.join('; ')})`}`;
}

/** `Line 4: a is unknown` and `line 4 a is unknown` say the same. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(':', '');
}
