import type { Issue } from '@catwalk/contract';
import { ApiError, type ErrorContext } from './errors.js';
import { readRetryAfterMs } from './read-retry-after.js';

/**
 * The error of an answer that is no success. Whoever answered: what is no problem document is told by its status,
 * and codes that are newer than this client are kept as they are.
 */
export function readRefusal(response: Response, text: string, context: ErrorContext): ApiError {
  const { status } = response;
  const problem = parseObject(text);
  const known = typeof problem.code === 'string' && typeof problem.detail === 'string';
  const title = textOf(known ? problem.title : response.statusText, `HTTP ${status}`);
  const requestId = context.requestId ?? (typeof problem.requestId === 'string' ? problem.requestId : null);
  return new ApiError(
    {
      code: known ? String(problem.code) : `http_${status}`,
      status,
      title,
      detail: known ? String(problem.detail) : `Something else than the API answered: ${status} ${title}`,
      retryable: known ? problem.retryable === true : [429, 502, 503, 504].includes(status),
      errors: Array.isArray(problem.errors) ? problem.errors.filter(isIssue) : [],
      retryAfterMs: readRetryAfterMs(response.headers),
    },
    { ...context, requestId },
  );
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

function isIssue(value: unknown): value is Issue {
  if (typeof value !== 'object' || value === null) return false;
  const { path, message } = value as Record<string, unknown>;
  return typeof path === 'string' && typeof message === 'string';
}
