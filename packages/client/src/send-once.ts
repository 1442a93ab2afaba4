import { queryOf } from './address.js';
import {
  CatwalkError,
  ConnectionError,
  type ErrorContext,
  TimeoutError,
  UnexpectedAnswerError,
} from './errors.js';
import { readRefusal } from './read-refusal.js';
import type { Request } from './request.js';
import { type Deadline, startDeadline } from './start-deadline.js';

/** What `fetch` does, as far as it is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How requests of a client leave. */
export interface Route {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly fetch: Fetch;
  /** For one try, unless the request has its own. */
  readonly timeoutMs: number;
}

/** A success whose body is still to be read. */
export interface Answered {
  readonly response: Response;
  readonly deadline: Deadline;
  /** What errors tell of this request. */
  readonly context: ErrorContext;
  /** What is thrown instead of an error of the platform. */
  readonly toError: (error: unknown) => unknown;
}

/** One try of a request. Whatever ends it but a success is thrown as one of this package's errors. */
export async function sendOnce(route: Route, request: Request): Promise<Answered> {
  request.signal?.throwIfAborted();
  const url = `${route.baseUrl}${request.path}${queryOf(request.query ?? {})}`;
  const headers = headersOf(route.apiKey, request);
  const timeoutMs = (request.timeoutMs ?? route.timeoutMs) + (request.moreTimeMs ?? 0);
  const deadline = startDeadline(timeoutMs, request.signal);
  let requestId: string | null = null;
  const contextNow = () => contextOf(request, requestId);
  const toError = (error: unknown) => errorOf(error, request, deadline, contextNow());
  try {
    const response = await route.fetch(url, await initOf(request, headers, deadline));
    requestId = response.headers.get('x-request-id');
    refuseRedirect(response, contextNow());
    if (!response.ok) throw readRefusal(response, await response.text(), contextNow());
    return { response, deadline, context: contextNow(), toError };
  } catch (error) {
    deadline.end();
    throw toError(error);
  }
}

/** Made before anything is sent: what no header can carry is no fault of the connection. */
function headersOf(apiKey: string | undefined, { headers, body, idempotencyKey }: Request): Headers {
  if (idempotencyKey !== undefined && !/^[\x20-\x7e]+$/.test(idempotencyKey))
    throw new CatwalkError('idempotencyKey is empty or has characters that a header cannot carry');
  return new Headers({
    accept: 'application/json, application/problem+json',
    ...headers,
    ...(body !== undefined && { 'content-type': body.contentType }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  });
}

async function initOf({ method, body }: Request, headers: Headers, deadline: Deadline): Promise<RequestInit> {
  const init: RequestInit = { method, headers, redirect: 'manual', signal: deadline.signal };
  if (body === undefined) return init;
  const opened = await body.open(deadline);
  return { ...init, body: opened.body, ...(opened.streams && { duplex: 'half' }) };
}

/** A redirect would take the key to wherever it points. */
function refuseRedirect({ type, status }: Response, context: ErrorContext): void {
  if (type !== 'opaqueredirect' && (status < 300 || status > 399)) return;
  throw new UnexpectedAnswerError('The answer is a redirect, which is not followed with the key', context);
}

/** What a caller is told: their own doings as they are, everything else by its kind. */
function errorOf(error: unknown, request: Request, deadline: Deadline, context: ErrorContext): unknown {
  const own = request.body?.failure() ?? null;
  if (own !== null) return own.error;
  if (request.signal?.aborted) return request.signal.reason;
  if (error instanceof CatwalkError) return error;
  const what = `${request.method} ${request.path}`;
  if (deadline.isOver()) return new TimeoutError(`${what} was not answered in time`, context);
  return new ConnectionError(`${what}: no connection, or it broke off`, { ...context, cause: error });
}

/** With how to go on after what may pass, where the client cannot by itself. */
function contextOf({ body, idempotencyKey }: Request, requestId: string | null): ErrorContext {
  const isSpent = idempotencyKey !== undefined && body !== undefined && !body.canOpen();
  const hint =
    'the input can be read only once: call again with the same input and this error’s idempotencyKey';
  return { requestId, idempotencyKey: idempotencyKey ?? null, ...(isSpent && { hint }) };
}
