import { type DropInError, PROBLEMS, type Problem, problemType } from '@catwalk/contract';
import { troubleOf } from '@catwalk/infra/postgres';
import { type Logger, OverloadedError } from '@catwalk/infra/process';
import type { ErrorRequestHandler, Response } from 'express';
import { ProblemError, unavailable } from './problem-error.js';
import { RequestAbortedError } from './read-body.js';
import { stateOf } from './request-state.js';

/** The last handler: turns whatever was thrown into the answer of the contract's table. */
export function answerErrors(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (error instanceof RequestAbortedError || response.headersSent) {
      response.destroy();
      return;
    }
    const problem = toProblem(error);
    const { requestId } = stateOf(response);
    if (problem.code === 'internal') logger.error({ requestId, err: error }, 'request.failed');
    if (problem.code === 'unavailable') logger.warn({ requestId, err: error }, 'request.deferred');
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    stateOf(response).code = problem.code;
    if (request.path.startsWith('/v1/kling/')) answerInProviderShape(response, problem);
    else answerProblem(response, problem, requestId);
  };
}

function answerProblem(response: Response, error: ProblemError, requestId: string): void {
  const { status, title, retryable } = PROBLEMS[error.code];
  const base = { type: problemType(error.code), title, status, detail: error.message, code: error.code };
  const errors = error.errors === undefined ? {} : { errors: [...error.errors] };
  const problem: Problem = { ...base, retryable, requestId, ...errors };
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/problem+json');
  response.end(JSON.stringify(problem));
}

/** A client written for the provider reads `error`; for a missing key it knows exactly one body. */
function answerInProviderShape(response: Response, error: ProblemError): void {
  const { status } = PROBLEMS[error.code];
  const body: DropInError =
    error.code === 'unauthorized' ? { error: 'Unauthorized', code: 401 } : { error: error.message };
  response.statusCode = status;
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(body));
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof OverloadedError) return unavailable('Too many requests are waiting to be stored');
  if (error instanceof URIError)
    return new ProblemError('invalid_request', 'The address is not well encoded');
  if (isDatabaseAway(error)) return unavailable('The database cannot be reached');
  return new ProblemError('internal', 'Something went wrong; the log knows more under this requestId');
}

const AWAY_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', '53300', '57P03', '57014']);
const AWAY = /timeout|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|pool (has been|after)/i;

function isDatabaseAway(error: unknown): boolean {
  if (troubleOf(error) === 'again') return true;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return AWAY_CODES.has(String(code)) || (String(code).startsWith('P') && AWAY.test(String(message)));
}
