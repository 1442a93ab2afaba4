import { queryOf } from './address.js';
import { checkAnswer } from './check-answer.js';
import {
  CatwalkError,
  ConnectionError,
  type ErrorContext,
  TimeoutError,
  UnexpectedAnswerError,
} from './errors.js';
import { judgeRetry } from './judge-retry.js';
import { readRefusal } from './read-refusal.js';
import type { Request, Sender } from './request.js';
import { type Deadline, startDeadline } from './start-deadline.js';
import { waitMs } from './wait-ms.js';

/** What `fetch` does, as far as it is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface SenderOptions {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly maxRetries: number;
}

/** One try of a request that was answered with a success. */
interface Try {
  readonly response: Response;
  readonly deadline: Deadline;
  readonly context: ErrorContext;
}

/** Sends requests to one API. The key lives in this function alone: what is thrown or shown does not have it. */
export function createSender(options: SenderOptions): Sender {
  const { maxRetries } = options;
  return {
    maxRetries,
    send: (request, schema) =>
      repeat(request, maxRetries, async () => {
        const answered = await tryOnce(options, request);
        const text = await readText(answered, request);
        return checkAnswer(schema, text, answered.context);
      }),
    open: (request) =>
      repeat(request, maxRetries, async () => {
        const answered = await tryOnce(options, request);
        return { requestId: answered.context.requestId ?? null, bytes: readBytes(answered, request) };
      }),
  };
}

async function repeat<Result>(
  request: Request,
  maxRetriesDefault: number,
  act: () => Promise<Result>,
): Promise<Result> {
  const maxRetries = request.maxRetries ?? maxRetriesDefault;
  for (let retries = 0; ; retries += 1) {
    try {
      return await act();
    } catch (error) {
      const repeatable = isRepeatable(request);
      const pauseMs = judgeRetry({ error, repeatable, retries, maxRetries });
      if (pauseMs === null) throw error;
      await waitMs(pauseMs, request.signal);
    }
  }
}

function isRepeatable({ method, body, idempotencyKey, changesNothing }: Request): boolean {
  const isSafe = method === 'GET' || changesNothing === true || idempotencyKey !== undefined;
  return isSafe && (body?.canOpen() ?? true);
}

async function tryOnce(options: SenderOptions, request: Request): Promise<Try> {
  request.signal?.throwIfAborted();
  const timeoutMs = (request.timeoutMs ?? options.timeoutMs) + (request.moreTimeMs ?? 0);
  const deadline = startDeadline(timeoutMs, request.signal);
  const idempotencyKey = request.idempotencyKey ?? null;
  let context: ErrorContext = { idempotencyKey };
  try {
    const init = await initOf(options.apiKey, request, deadline);
    const url = `${options.baseUrl}${request.path}${queryOf(request.query ?? {})}`;
    const response = await options.fetch(url, init);
    context = { ...context, hint: hintOf(request), requestId: response.headers.get('x-request-id') };
    refuseRedirect(response, context);
    if (!response.ok) throw readRefusal(response, await response.text(), context);
    return { response, deadline, context };
  } catch (error) {
    deadline.end();
    throw toError(error, request, deadline, context);
  }
}

async function initOf(
  apiKey: string | undefined,
  request: Request,
  deadline: Deadline,
): Promise<RequestInit> {
  const { method, body, idempotencyKey } = request;
  const opened = await body?.open(deadline.renew);
  const headers: Record<string, string> = {
    accept: 'application/json, application/problem+json',
    ...request.headers,
    ...(body !== undefined && { 'content-type': body.contentType }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };
  const init: RequestInit = { method, headers, redirect: 'manual', signal: deadline.signal };
  if (opened === undefined) return init;
  return { ...init, body: opened.body, ...(opened.streams && { duplex: 'half' }) };
}

/** A redirect would take the key to wherever it points. */
function refuseRedirect({ type, status }: Response, context: ErrorContext): void {
  if (type !== 'opaqueredirect' && (status < 300 || status > 399)) return;
  throw new UnexpectedAnswerError('The answer is a redirect, which is not followed with the key', context);
}

async function readText({ response, deadline, context }: Try, request: Request): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw toError(error, request, deadline, context);
  } finally {
    deadline.end();
  }
}

async function* readBytes(
  { response, deadline, context }: Try,
  request: Request,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    for (;;) {
      deadline.renew();
      const read = await reader?.read();
      if (read === undefined || read.done) return;
      deadline.rest();
      yield read.value;
    }
  } catch (error) {
    throw toError(error, request, deadline, context);
  } finally {
    deadline.end();
  }
}

/** What a caller is told: their own doings as they are, everything else by its kind. */
function toError(error: unknown, request: Request, deadline: Deadline, context: ErrorContext): unknown {
  const own = request.body?.failure() ?? null;
  if (own !== null) return own.error;
  if (request.signal?.aborted) return request.signal.reason;
  if (error instanceof CatwalkError) return error;
  const what = `${request.method} ${request.path}`;
  const known = { ...context, hint: hintOf(request) };
  if (deadline.isOver()) return new TimeoutError(`${what} was not answered in time`, known);
  return new ConnectionError(`${what}: no connection, or it broke off`, { ...known, cause: error });
}

/** How to go on after what may pass, where the client cannot by itself. */
function hintOf({ body, idempotencyKey }: Request): string {
  if (idempotencyKey === undefined || body === undefined || body.canOpen()) return '';
  return 'the input can be read only once: call again with the same input and this error’s idempotencyKey';
}
