import type { Bill } from '@catwalk/simulator';
import { expect } from 'vitest';

/** The provider's own count: no submit and no job was taken twice. */
export function expectBilledOnce(bill: Bill): void {
  expect(twiceOf(bill.byReplyRef)).toEqual([]);
  expect(twiceOf(bill.byInput)).toEqual([]);
}

/** The provider's own measure: no account ever ran more than its limit, and none was asked to. */
export function expectLimitsKept(bill: Bill): void {
  for (const [email, account] of Object.entries(bill.accounts)) {
    expect(account.overLimit, email).toBe(0);
    expect(account.rejectedAtLimit, email).toBe(0);
    expect(account.maxRunning, email).toBeLessThanOrEqual(account.maxJobs);
    expect(account.running, email).toBe(0);
  }
  expect(bill.rejected429).toBe(0);
}

function twiceOf(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([name, count]) => (count > 1 ? [`${name}: ${count}`] : []));
}
