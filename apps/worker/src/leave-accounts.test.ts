import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLeftAccounts } from './leave-accounts.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** How long an account is left at most after it was lost as often as this. */
function leftMs(lost: number): number {
  const left = createLeftAccounts();
  for (let n = 0; n < lost; n += 1) left.note('anna', false);
  let ms = 0;
  for (; left.has('anna'); ms += 25) vi.advanceTimersByTime(25);
  return ms;
}

describe('an account that another worker was quicker to fill', () => {
  it('is left for longer each time, but for half a second at most', () => {
    expect([0, 1, 2, 3, 9].map(leftMs)).toEqual([0, 250, 500, 500, 500]);
  });

  it('is left no more once this one was first, and not forgotten at once', () => {
    const left = createLeftAccounts();
    left.note('anna', false);
    left.note('anna', false);
    left.note('anna', true);
    expect(left.has('anna')).toBe(false);
    left.note('anna', false);
    vi.advanceTimersByTime(400);
    expect(left.has('anna')).toBe(true);
    vi.advanceTimersByTime(100);
    expect(left.has('anna')).toBe(false);
  });

  it('spares the look at the slots while it is all there is, and no longer', () => {
    const left = createLeftAccounts();
    expect(left.isAll()).toBe(false);
    left.look(['anna', 'ben']);
    for (let n = 0; n < 3; n += 1) left.note('anna', false);
    expect(left.isAll()).toBe(false);
    for (let n = 0; n < 3; n += 1) left.note('ben', false);
    expect(left.isAll()).toBe(true);
    vi.advanceTimersByTime(500);
    expect(left.isAll()).toBe(false);
  });

  it('is looked at again when that is over, though nothing else wakes this worker', () => {
    const seen: boolean[] = [];
    const left = createLeftAccounts(() => seen.push(left.has('anna')));
    left.note('anna', false);
    vi.advanceTimersByTime(240);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(seen).toEqual([false]);
  });
});
