import { type DropInError, PROBLEMS, type Problem, problemType } from '@catwalk/contract';
import { isPostgresAway } from '@catwalk/infra/postgres';
import { OverloadedError } from '@catwalk/infra/process';
import type { ErrorRequestHandler, Response } from 'express';
import type { ApiContext } from './context.js';
import { ProblemError, unavailable } from './problem-error.js';
import { RequestAbortedError } from './read-body.js';
import { stateOf } from './request-state.js';

/** The last handler: turns whatever was thrown into the answer of the contract's table. */
export function answerErrors({ logger, outages }: ApiContext): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (error instanceof RequestAbortedError || response.headersSent) {
      response.destroy();
      return;
    }
    const problem = toProblem(error);
    const { requestId } = stateOf(response);
    if (problem.code === 'internal') logger.error({ requestId, err: error }, 'request.failed');
    if (!(error instanceof ProblemError) && isPostgresAway(error)) outages.failed('postgres', error);
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
  if (isPostgresAway(error)) return unavailable('The database cannot store or answer anything now');
  return new ProblemError('internal', 'Something went wrong; the log knows more under this requestId');
}
