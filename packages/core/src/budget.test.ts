import { describe, expect, it } from 'vitest';
import { ATTEMPT_STATES, type Budget, nextUtcDay, openPurse, SPENDING_STATES } from './index.js';

const budget = (scope: Budget['scope'], name: string, leftImages: number): Budget => ({
  scope,
  name,
  limitImages: 10,
  leftImages,
  reachedAt: null,
});
const job = (imageCount: number, client = 'shop', batchId: string | null = null) => ({
  client,
  batchId,
  imageCount,
});

describe('a purse', () => {
  it.each([
    ['without ceilings takes everything', [], [job(4), job(4)], [true, true], []],
    [
      'gives no more than is left',
      [budget('day', '', 3)],
      [job(2), job(1), job(1)],
      [true, true, false],
      ['day'],
    ],
    [
      'leaves what does not fit to what does',
      [budget('day', '', 3)],
      [job(4), job(2)],
      [false, true],
      ['day'],
    ],
    ['below zero gives nothing', [budget('day', '', -2)], [job(1)], [false], ['day']],
    [
      'holds back the client that is over, and no other',
      [budget('client', 'shop', 1)],
      [job(2), job(2, 'studio'), job(1)],
      [false, true, true],
      ['client'],
    ],
    [
      'holds back the batch that is over, and not what is in none',
      [budget('batch', 'bat_1', 1)],
      [job(2, 'shop', 'bat_1'), job(2, 'shop', 'bat_2'), job(2)],
      [false, true, true],
      ['batch'],
    ],
    [
      'takes from no ceiling what one of them refuses',
      [budget('day', '', 2), budget('client', 'shop', 0)],
      [job(2), job(2, 'studio')],
      [false, true],
      ['client'],
    ],
  ] as const)('%s', (_what, budgets, jobs, taken, reached) => {
    const purse = openPurse(budgets);
    expect(jobs.map((one) => purse.take(one))).toEqual(taken);
    expect(purse.reached().map(({ scope }) => scope)).toEqual(reached);
  });
});

it('a purse tells what is left of the ceilings that held a job back', () => {
  const purse = openPurse([budget('day', '', 9), budget('client', 'shop', 3)]);
  for (const one of [job(2), job(2), job(4, 'studio')]) purse.take(one);
  expect(purse.reached()).toEqual([budget('client', 'shop', 1)]);
});

it('every attempt counts but those that the provider certainly did not take', () => {
  const others = ATTEMPT_STATES.filter((state) => !(SPENDING_STATES as readonly string[]).includes(state));
  expect(others).toEqual(['refused', 'deferred', 'never_sent', 'disproved']);
});

it.each([
  ['2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
  ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00.000Z'],
])('the day of %s ends at %s', (now, end) => {
  expect(nextUtcDay(new Date(now)).toISOString()).toBe(end);
});
