import type { Query } from './address.js';
import type { AnswerSchema } from './check-answer.js';
import type { RequestBody } from './request-body.js';

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long each try may take, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** How often what is safe to repeat is sent again, after the first time. */
  readonly maxRetries?: number | undefined;
}

/** What calls take that make something. */
export interface CreateOptions extends CallOptions {
  /** One of your own lets you go on after a crash; without it each call has a new one. */
  readonly idempotencyKey?: string | undefined;
}

/** One request. */
export interface Request extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Makes a POST repeatable. What changes or removes is so by itself: twice is as good as once. */
  readonly idempotencyKey?: string;
  /** A POST that changes nothing is repeatable as it is. */
  readonly changesNothing?: boolean;
  /** What the answer is made of, where anything else is as good as none. */
  readonly mediaType?: string;
  /** More time than asked for, in milliseconds: the server has been asked to wait so long. */
  readonly moreTimeMs?: number;
}

/** Sends requests; the resources are made of nothing else. */
export interface Sender {
  /** Sends it, again where that is safe, and returns the checked answer. */
  send<Answer>(request: Request, schema: AnswerSchema<Answer>): Promise<Answer>;
  /** Sends it, again where that is safe, and returns the answer's bytes as they come. */
  open(request: Request): Promise<OpenAnswer>;
  /** Retries of a call that does not say. */
  readonly maxRetries: number;
}

/** An answer that is still on its way. */
interface OpenAnswer {
  readonly requestId: string | null;
  /** Every chunk has `timeoutMs`. Reading no further closes the connection. */
  readonly bytes: AsyncIterable<Uint8Array>;
}
