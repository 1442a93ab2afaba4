import { describe, expect, test } from 'vitest';
import {
  DELIVERY_WAITS_MS,
  type DeliveryAnswer,
  ENDPOINT_FAILING_MS,
  judgeDelivery,
  type TriedDelivery,
} from './index.js';

const now = new Date('2026-12-01T00:00:00Z');
const HOUR = 3_600_000;
const answered = (status: number, retryAfterMs: number | null = null): DeliveryAnswer => ({
  kind: 'answered',
  status,
  retryAfterMs,
});
const unanswered: DeliveryAnswer = { kind: 'unanswered', reason: 'timeout' };
const tried = (more: Partial<TriedDelivery> = {}): TriedDelivery => ({
  kind: 'endpoint',
  attempts: 1,
  failingSince: null,
  now,
  ...more,
});
const LAST = DELIVERY_WAITS_MS.length + 1;
const failingFor = (ms: number) => new Date(now.getTime() - ms);

describe('the answer to a delivery', () => {
  test.each([200, 201, 202, 204, 299])('%i delivers it, whatever came before', (status) => {
    for (const attempts of [1, LAST])
      expect(judgeDelivery(answered(status), tried({ attempts }), 0)).toEqual({ kind: 'delivered' });
  });

  test.each<[string, DeliveryAnswer]>([
    ...[301, 307, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503].map(
      (status): [string, DeliveryAnswer] => [String(status), answered(status)],
    ),
    ['no answer', unanswered],
  ])('%s is tried again after each wait of the schedule, and then no more', (_what, answer) => {
    DELIVERY_WAITS_MS.forEach((waitMs, n) => {
      const verdict = judgeDelivery(answer, tried({ attempts: n + 1 }), 0.5);
      expect(verdict).toEqual({ kind: 'again', inMs: waitMs });
    });
    expect(judgeDelivery(answer, tried({ attempts: LAST }), 0.5)).toEqual({ kind: 'failed', disables: null });
  });

  test('all waits together come to about three days, and none grows shorter', () => {
    const hours = DELIVERY_WAITS_MS.reduce((sum, ms) => sum + ms, 0) / HOUR;
    expect(hours).toBeGreaterThan(60);
    expect(hours).toBeLessThan(72);
    expect([...DELIVERY_WAITS_MS].sort((a, b) => a - b)).toEqual(DELIVERY_WAITS_MS);
  });

  test('each wait is up to a fifth shorter or longer', () => {
    expect(judgeDelivery(unanswered, tried(), 0)).toEqual({ kind: 'again', inMs: 4_000 });
    expect(judgeDelivery(unanswered, tried(), 0.999_999)).toEqual({ kind: 'again', inMs: 6_000 });
  });

  test.each([
    ['is kept', 60_000, 60_000],
    ['does not shorten a wait', 1_000, 5_000],
    ['does not hold it back for longer than a day', 365 * 24 * HOUR, 24 * HOUR],
  ])('a Retry-After %s', (_what, retryAfterMs, inMs) => {
    expect(judgeDelivery(answered(503, retryAfterMs), tried(), 0.5)).toEqual({ kind: 'again', inMs });
  });
});

describe('the end of an endpoint', () => {
  test('410 ends it at once, and only an endpoint', () => {
    expect(judgeDelivery(answered(410), tried(), 0)).toEqual({ kind: 'failed', disables: 'gone' });
    for (const kind of ['reply', 'alert', 'test'] as const)
      expect(judgeDelivery(answered(410), tried({ kind }), 0)).toEqual({ kind: 'failed', disables: null });
  });

  test.each([
    ['nothing arrived for two days and no wait is left', ENDPOINT_FAILING_MS, LAST, 'failing'],
    ['something arrived since', ENDPOINT_FAILING_MS - 1, LAST, null],
  ] as const)('%s: %s', (_what, failingMs, attempts, disables) => {
    const verdict = judgeDelivery(unanswered, tried({ attempts, failingSince: failingFor(failingMs) }), 0);
    expect(verdict).toEqual({ kind: 'failed', disables });
  });

  test('while waits are left it goes on, however long nothing has arrived', () => {
    const verdict = judgeDelivery(unanswered, tried({ failingSince: failingFor(90 * 24 * HOUR) }), 0.5);
    expect(verdict).toEqual({ kind: 'again', inMs: 5_000 });
  });

  test('a test is sent once', () => {
    expect(judgeDelivery(answered(500), tried({ kind: 'test' }), 0)).toEqual({
      kind: 'failed',
      disables: null,
    });
  });
});
