import { expect, test } from 'vitest';
import {
  accountRestMs,
  busyRestMs,
  lateLookDelayMs,
  pollDelayMs,
  providerRestMs,
  unaskableGraceMs,
} from './index.js';

const MINUTE_MS = 60_000;

test.each([
  [0, 15_000],
  [1, 15_000],
  [2, 30_000],
  [3, 60_000],
  [4, 120_000],
  [5, 120_000],
  [2_000, 120_000],
])('after %i polls the next waits %i ms: doubling to 8 times the interval', (checks, delayMs) => {
  expect(pollDelayMs(checks, 15_000)).toBe(delayMs);
});

test.each([
  [1, 2_000],
  [2, 4_000],
  [5, 32_000],
  [6, 60_000],
  [2_000, 60_000],
])('after %i failures an unreachable provider is probed in %i ms', (failures, restMs) => {
  expect(providerRestMs(failures)).toBe(restMs);
});

test.each([
  [1, 5],
  [2, 10],
  [4, 40],
  [5, 60],
  [2_000, 60],
])('after %i failures an account rests %i minutes', (failures, minutes) => {
  expect(accountRestMs(failures, 5 * MINUTE_MS)).toBe(minutes * MINUTE_MS);
});

test('an account retry longer than an hour is kept', () => {
  expect(accountRestMs(3, 90 * MINUTE_MS)).toBe(90 * MINUTE_MS);
});

test.each([
  [7_000, 0.5, 7_000],
  [1_500, 0.5, 1_500],
  [0, 0.5, 1_000],
  [null, 0, 2_000],
  [null, 0.999, 2_999],
])(
  'after a 429 with Retry-After %s and chance %d the account rests %i ms',
  (retryAfterMs, random, restMs) => {
    expect(busyRestMs(retryAfterMs, random)).toBe(restMs);
  },
);

test.each([
  [0, 60],
  [1, 6 * 60],
  [2, 24 * 60],
])('late look %i comes after %i minutes with the default deadline', (looksDone, minutes) => {
  expect(lateLookDelayMs(looksDone, 30 * MINUTE_MS)).toBe(minutes * MINUTE_MS);
});

test('there are three late looks, and a provider that cannot be asked is given 24 hours', () => {
  expect(lateLookDelayMs(3, 30 * MINUTE_MS)).toBeNull();
  expect(unaskableGraceMs(30 * MINUTE_MS)).toBe(24 * 60 * MINUTE_MS);
});
