import { noQuerySchema, type Parsed, parseQuery } from '@catwalk/contract';
import { invalidRequest } from './problem-error.js';

/** The query of a request's address, without the question mark. */
export function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start + 1);
}

/** The value that was parsed, or `invalid_request` with everything that is wrong. */
export function orRefuse<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw invalidRequest(parsed.issues);
}

/** For addresses that take no query parameters at all. */
export function refuseQuery(url: string): void {
  if (url.includes('?')) orRefuse(parseQuery(noQuerySchema, searchOf(url)));
}
