import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Caller } from './authenticate.js';
import type { ApiContext } from './context.js';

/** What is known of a request while it is answered. */
export interface RequestState {
  readonly requestId: string;
  caller: Caller | null;
  /** The route's pattern, never the path. */
  route: string | null;
  code: string | null;
}

/** Names the request, and writes one line about it when it is over. */
export function beginRequest(context: ApiContext): RequestHandler {
  return (request, response, next) => {
    const state: RequestState = { requestId: randomUUID(), caller: null, route: null, code: null };
    response.locals.state = state;
    response.setHeader('X-Request-Id', state.requestId);
    const startedAt = performance.now();
    response.once('close', () => {
      logRequest(context, request, response, state, startedAt);
      if (hasUsedPostgres(response, state)) context.outages.worked('postgres');
    });
    next();
  };
}

/** A request that was identified and answered well has read or written rows. */
function hasUsedPostgres({ statusCode }: Response, { caller }: RequestState): boolean {
  return caller !== null && statusCode >= 200 && statusCode < 300;
}

function logRequest(
  { logger }: ApiContext,
  request: Request,
  response: Response,
  state: RequestState,
  startedAt: number,
): void {
  logger.info(
    {
      requestId: state.requestId,
      method: request.method,
      route: state.route,
      status: response.statusCode,
      code: state.code,
      client: state.caller?.client ?? null,
      aborted: !response.writableFinished,
      ms: Math.round((performance.now() - startedAt) * 10) / 10,
    },
    'request.finished',
  );
}

/** The state of the request that a response answers. */
export function stateOf(response: Response): RequestState {
  return response.locals.state as RequestState;
}

/** Who is asking. Only behind the authentication, which no route goes without. */
export function callerOf(response: Response): Caller {
  const { caller } = stateOf(response);
  if (caller === null) throw new Error('a route without authentication asked who is calling');
  return caller;
}
