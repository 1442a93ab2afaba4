import type { SubmitOutcome } from '@catwalk/core';
import { describe, expect, test } from 'vitest';
import { classifySubmit, type ProviderAnswer } from './classify-submit.js';

const DATE = 'Thu, 01 Jan 2026 00:00:00 GMT';
const HTML = '<html><head><title>Bad gateway</title></head><body>prohibited</body></html>';

function answered(status: number, body: unknown, more: Partial<ProviderAnswer> = {}): SubmitOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return classifySubmit({
    kind: 'answer',
    status,
    text,
    retryAfter: null,
    date: null,
    bodyError: null,
    ...more,
  });
}

/** The outcome in one word: its kind, and whose rest or which error code it is. */
function wordOf(outcome: SubmitOutcome): string {
  if (outcome.kind === 'deferred') return `deferred: ${outcome.because}`;
  return outcome.kind === 'refused' ? `refused: ${outcome.failure.code}` : outcome.kind;
}

const ERROR = { error: 'At least one of dressInput, upperInput or lowerInput must be provided' };
const MODERATED = { error: 'Failed by content moderation' };

describe('every answer to a submit', () => {
  test.each([
    ['200 with task.id', 200, { task: { id: 123456789 }, status: 5 }, 'accepted'],
    ['200 with a flat id', 200, { id: 123456789, status: 'submitted' }, 'accepted'],
    ['201 with an id', 201, { task: { id: '7' } }, 'accepted'],
    ['200 with an id and an error', 200, { task: { id: 7 }, error: 'slow' }, 'accepted'],
    ['200 without an id', 200, { task: {}, status: 5 }, 'unanswered'],
    ['200 with an id of null', 200, { task: { id: null } }, 'unanswered'],
    ['200 with an id of zero', 200, { task: { id: 0 } }, 'unanswered'],
    ['200 with an error', 200, ERROR, 'unanswered'],
    ['200 HTML', 200, HTML, 'unanswered'],
    ['200 empty', 200, '', 'unanswered'],
    ['200 cut off', 200, '{"task":{"id":1234567', 'unanswered'],
    ['200 with a JSON list', 200, [{ id: 7 }], 'unanswered'],
    ['204', 204, '', 'unanswered'],
    ['301', 301, '', 'unanswered'],
    ['307 with a JSON error', 307, ERROR, 'unanswered'],
    ['400', 400, ERROR, 'refused: invalid_input'],
    ['400 with an error object', 400, { error: { message: 'no' } }, 'refused: invalid_input'],
    ['400 with a message', 400, { message: 'no' }, 'refused: invalid_input'],
    ['400 with HTML inside JSON', 400, { error: HTML }, 'refused: invalid_input'],
    ['400 HTML', 400, HTML, 'unanswered'],
    ['400 empty', 400, '', 'unanswered'],
    ['400 {}', 400, {}, 'unanswered'],
    ['400 with an empty error', 400, { error: '' }, 'unanswered'],
    ['400 cut off', 400, '{"error":"At least', 'unanswered'],
    ['401', 401, { error: 'Unauthorized', code: 401 }, 'deferred: account'],
    ['401 HTML', 401, HTML, 'unanswered'],
    ['402', 402, { error: 'Subscription required', code: 402 }, 'deferred: account'],
    ['402 HTML', 402, HTML, 'unanswered'],
    ['403', 403, { error: 'Forbidden' }, 'refused: provider_refused'],
    ['404', 404, { error: 'Account not found' }, 'refused: provider_refused'],
    ['404 HTML', 404, HTML, 'unanswered'],
    ['408', 408, { error: 'Request timeout' }, 'unanswered'],
    ['410', 410, { error: 'Gone' }, 'refused: provider_refused'],
    ['412', 412, { error: 'Not enough credits: requested 3, available 0', code: 412 }, 'deferred: account'],
    ['412 HTML', 412, HTML, 'unanswered'],
    ['413', 413, { error: 'Too large' }, 'refused: provider_refused'],
    ['422', 422, { error: 'Unprocessable' }, 'refused: invalid_input'],
    ['422 by moderation', 422, MODERATED, 'refused: invalid_input'],
    ['429', 429, { error: 'All accounts are busy', code: 429 }, 'deferred: busy'],
    ['429 HTML', 429, HTML, 'deferred: busy'],
    ['429 empty', 429, '', 'deferred: busy'],
    ['429 code 1100', 429, { code: 1100, message: 'account exception' }, 'deferred: account'],
    ['429 code 1101', 429, { code: 1101, message: 'in arrears' }, 'deferred: account'],
    ['429 code 1102 inside error', 429, { error: { code: 1102, message: 'used up' } }, 'deferred: account'],
    ['429 code "1304"', 429, { code: '1304', message: 'not on the white list' }, 'deferred: account'],
    ['429 code 1302', 429, { code: 1302, message: 'too fast' }, 'deferred: busy'],
    ['429 code 1303', 429, { code: 1303, message: 'parallel task over limit' }, 'deferred: busy'],
    ['500 by moderation', 500, MODERATED, 'refused: content_rejected'],
    ['500 by moderation in message', 500, { message: 'NSFW' }, 'refused: content_rejected'],
    [
      '500 by moderation in an object',
      500,
      { error: { reason: 'risk control' } },
      'refused: content_rejected',
    ],
    ['500', 500, { error: 'Login failed' }, 'unanswered'],
    [
      '500 with a listed word in a file name',
      500,
      { error: 'lost https://a.example/nsfw.jpg' },
      'unanswered',
    ],
    ['500 HTML with a listed word', 500, HTML, 'unanswered'],
    ['502', 502, { error: 'Bad gateway' }, 'unanswered'],
    ['502 by moderation', 502, MODERATED, 'unanswered'],
    ['502 HTML', 502, HTML, 'unanswered'],
    ['503', 503, { error: 'Unavailable' }, 'unanswered'],
    ['504', 504, { error: 'queued, cannot be tracked' }, 'unanswered'],
    ['596', 596, { error: 'Account anna in error state', code: 596 }, 'deferred: account'],
    ['596 HTML', 596, HTML, 'unanswered'],
  ])('%s', (_, status, body, expected) => {
    expect(wordOf(answered(status, body))).toBe(expected);
  });
});

test('a task id keeps every digit beyond 2^53', () => {
  const outcome = answered(200, '{"task":{"id":867283741759111202},"works":[]}');
  expect(outcome).toEqual({ kind: 'accepted', taskId: '867283741759111202' });
});

test('an answer whose end was lost counts by what can be read of it', () => {
  const bodyError = new Error('terminated');
  expect(wordOf(answered(200, '{"task":{"id":7}}', { bodyError }))).toBe('accepted');
  expect(answered(200, '{"task":{"id":7', { bodyError })).toMatchObject({
    kind: 'unanswered',
    reason: 'answered 200 with a body that was cut off',
    providerStatus: 200,
  });
});

describe('how long a 429 asks to wait', () => {
  test.each([
    ['seconds', '7', DATE, {}, 7_000],
    ['an HTTP date after the Date header', 'Thu, 01 Jan 2026 00:00:30 GMT', DATE, {}, 30_000],
    ['an HTTP date before it', 'Wed, 31 Dec 2025 23:00:00 GMT', DATE, {}, 0],
    ['an HTTP date without a Date header', 'Thu, 01 Jan 2026 00:00:30 GMT', null, {}, null],
    ['more than an hour', '86400', DATE, {}, 3_600_000],
    ['nonsense', 'soon', DATE, {}, null],
    ['nonsense, and seconds in the body', 'soon', DATE, { retryAfter: 3 }, 3_000],
    ['nothing', null, DATE, {}, null],
    ['seconds in the body', null, null, { retryAfter: 2.5 }, 2_500],
    ['an ISO time in the body', null, DATE, { retryAfter: '2026-01-01T00:00:12.500Z' }, 12_500],
    [
      'an ISO time in the body without a Date header',
      null,
      null,
      { retryAfter: '2026-01-01T00:00:12Z' },
      null,
    ],
    ['the header before the body', '5', DATE, { retryAfter: 9 }, 5_000],
    ['seconds in the error', null, null, { error: { message: 'busy', retryAfter: 4 } }, 4_000],
  ] as const)('%s', (_, retryAfter, date, body, expected) => {
    const outcome = answered(429, { error: 'busy', ...body }, { retryAfter, date });
    expect(outcome).toMatchObject({ kind: 'deferred', because: 'busy', retryAfterMs: expected });
  });
});

describe('what a refusal says', () => {
  test.each([
    ['a string', { error: 'no person found' }, 'no person found'],
    ['an object with a message', { error: { message: 'no person found', code: 1 } }, 'no person found'],
    ['an object without one', { error: { reason: 'pose' } }, '{"reason":"pose"}'],
    ['HTML', { error: '<html><body><h1>Bad</h1> request</body></html>' }, 'Bad request'],
    ['addresses', { error: 'no https://a.example/x.png?sig=secret here' }, 'no https://a.example/x.png here'],
    ['NUL and half a surrogate pair', { error: 'a\0b\ud800c' }, 'abc'],
  ])('%s', (_, body, providerMessage) => {
    expect(answered(400, body)).toMatchObject({ failure: { providerStatus: 400, providerMessage } });
  });
  test('is bounded', () => {
    const outcome = answered(400, { error: 'x'.repeat(100_000) });
    expect(outcome.kind === 'refused' && outcome.failure.providerMessage).toHaveLength(2_000);
  });
  test('is never thrown at by a body nested deeper than the stack', () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    expect(wordOf(answered(400, `{"error":${deep}}`))).toBe('refused: invalid_input');
  });
});
