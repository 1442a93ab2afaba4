import { PROBLEMS, type ProblemCode } from '@catwalk/contract';
import { describe, expect, it } from 'vitest';
import {
  ApiError,
  CatwalkError,
  ConnectionError,
  type Refusal,
  TimeoutError,
  UnexpectedAnswerError,
} from './errors.js';
import { judgeRetry } from './judge-retry.js';

const refused = (code: string, status: number, more: Partial<Refusal> = {}) =>
  new ApiError({
    code,
    status,
    title: '',
    detail: '',
    retryable: false,
    errors: [],
    retryAfterMs: null,
    ...more,
  });
const judge = (error: unknown, more: Partial<Parameters<typeof judgeRetry>[0]> = {}, random = 1) =>
  judgeRetry({ error, repeatable: true, retries: 0, maxRetries: 5, ...more }, () => random);

const mayPass = [
  ['a connection that broke', new ConnectionError('')],
  ['no answer in time', new TimeoutError('')],
  ['429', refused('too_many_requests', 429)],
  ['503', refused('unavailable', 503)],
  ['502 of a proxy', refused('http_502', 502)],
  ['504 of a proxy', refused('http_504', 504)],
  ['an upload that still runs', refused('upload_in_progress', 409)],
] as const;

describe('a request is sent again', () => {
  it.each(mayPass)('after %s, if it cannot do anything twice', (_, error) => {
    expect(judge(error)).toBeGreaterThan(0);
    expect(judge(error, { repeatable: false })).toBeNull();
  });

  it('for no other code of the contract', () => {
    const codes = (Object.keys(PROBLEMS) as ProblemCode[]).filter(
      (code) => judge(refused(code, PROBLEMS[code].status)) !== null,
    );
    expect(codes).toEqual(['upload_in_progress', 'too_many_requests', 'unavailable']);
  });

  it.each([
    ['an answer nobody expected', new UnexpectedAnswerError('')],
    ['an error of the client’s own', new CatwalkError('')],
    ['what the caller threw', new Error('')],
    ['what is no error', 'text'],
    ['a 500 of a proxy', refused('http_500', 500)],
  ])('never after %s', (_, error) => {
    expect(judge(error)).toBeNull();
  });

  it('as often as it may be, and no more', () => {
    const error = new ConnectionError('');
    expect([0, 1, 2, 3].map((retries) => judge(error, { retries, maxRetries: 2 }) !== null)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(judge(error, { maxRetries: 0 })).toBeNull();
  });
});

describe('the wait before it', () => {
  it('doubles from half a second to eight', () => {
    const waits = [0, 1, 2, 3, 4, 5, 60].map((retries) =>
      judge(new ConnectionError(''), { retries, maxRetries: 99 }),
    );
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  it('is spread over its upper half', () => {
    expect(judge(new ConnectionError(''), {}, 0)).toBe(250);
    expect(judge(new ConnectionError(''), {}, 0.5)).toBe(375);
  });

  it('is what the answer asks for, and never less', () => {
    const error = refused('unavailable', 503, { retryAfterMs: 7_000 });
    expect(judge(error, {}, 0)).toBe(7_000);
    expect(judge(error, { retries: 4 }, 1)).toBe(7_250);
    expect(judge(refused('unavailable', 503, { retryAfterMs: 0 }), {}, 0)).toBe(0);
  });

  it('is left to the caller when the answer asks for more than a minute', () => {
    expect(judge(refused('unavailable', 503, { retryAfterMs: 60_000 }), {}, 0)).toBe(60_000);
    expect(judge(refused('unavailable', 503, { retryAfterMs: 60_001 }))).toBeNull();
  });
});
