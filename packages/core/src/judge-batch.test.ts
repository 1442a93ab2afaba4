import { describe, expect, test } from 'vitest';
import {
  BATCH_STATES,
  type BatchChange,
  type BatchCounts,
  type BatchFacts,
  countChanges,
  GUARD_TO_BE_SET,
  judgeBatch,
  paceAfter,
} from './index.js';

const COUNTS: BatchCounts = {
  succeeded: 0,
  failed: 0,
  canceled: 0,
  failures: {},
  imagesBilled: 0,
  guardEnded: 0,
  guardFailed: 0,
};
const RUNNING: BatchFacts = {
  ...COUNTS,
  state: 'running',
  total: 100,
  pilot: null,
  pauseOnFailures: { ratio: 0.3, after: 30 },
  isUnsettled: false,
};
const pilot = (succeeded: number, failed: number, canceled = 0) => ({
  total: 20,
  succeeded,
  failed,
  canceled,
});

/** What becomes of it, when, and the facts. */
const MOVES = [
  [null, 'nothing has ended', {}],
  [null, 'one is open', { succeeded: 90, failed: 5, canceled: 4 }],
  ['finished', 'none is open', { succeeded: 90, failed: 5, canceled: 5 }],
  ['finished', 'all failed: there is nothing left to pause', { failed: 100 }],
  ['finished', 'none is open of a paused one', { state: 'paused', succeeded: 100 }],
  [null, 'one is open of a paused one, and too many failed', { state: 'paused', failed: 99 }],
  [null, 'none is open, and some are being queued again', { failed: 5, succeeded: 95, isUnsettled: true }],
  ['canceled', 'none is open of one that is canceled', { state: 'canceling', canceled: 100 }],
  ['canceled', 'it has none at all', { state: 'canceling', total: 0 }],
  [null, 'one is in flight of one that is canceled', { state: 'canceling', canceled: 99 }],
  [null, 'it is received, and all that came has failed', { state: 'receiving', failed: 100 }],
  [null, 'it was finished', { state: 'finished', succeeded: 100 }],
  ['running', 'one of it is open again after its end', { state: 'finished', succeeded: 99 }],
  [
    'running',
    'one is open, and more is to be counted',
    { state: 'finished', succeeded: 99, isUnsettled: true },
  ],
  [null, 'one was retried after it was canceled', { state: 'canceled', canceled: 99 }],
  [null, 'it was canceled', { state: 'canceled', canceled: 100 }],
  [null, 'the guard waits for 30 ends', { failed: 29 }],
  ['failures', '30 have ended, and just so many failed', { succeeded: 21, failed: 9 }],
  [null, 'one less failed', { succeeded: 22, failed: 8 }],
  [null, 'canceled ones do not count', { succeeded: 20, failed: 9, canceled: 30 }],
  [null, 'there is no guard', { failed: 60, pauseOnFailures: null }],
  ['failures', 'the first one may fail', { failed: 1, pauseOnFailures: { ratio: 1, after: 1 } }],
  [null, 'it was resumed after these', { succeeded: 21, failed: 9, guardEnded: 30, guardFailed: 9 }],
  [null, 'it was resumed just now', { succeeded: 1, failed: 50, guardEnded: GUARD_TO_BE_SET }],
  ['failures', 'as many failed again', { succeeded: 42, failed: 18, guardEnded: 30, guardFailed: 9 }],
  [null, 'half of the pilot is open', { pilot: pilot(9, 1) }],
  ['pilot_review', 'the pilot has ended', { succeeded: 17, failed: 2, canceled: 1, pilot: pilot(17, 2, 1) }],
  ['failures', 'too many of a pilot failed', { succeeded: 20, failed: 20, pilot: pilot(10, 10) }],
  ['finished', 'the pilot was all there is', { total: 20, succeeded: 20, pilot: pilot(20, 0) }],
] as const satisfies readonly (readonly [string | null, string, Partial<BatchFacts>])[];

describe('a batch', () => {
  test.each(MOVES)('becomes %s when %s', (expected, _, facts) => {
    const move = judgeBatch({ ...RUNNING, ...facts });
    expect(move?.kind === 'paused' ? move.reason : (move?.kind ?? null)).toBe(expected);
  });
  test('has a case here in every state', () => {
    const states = MOVES.map(([, , facts]) => ('state' in facts ? facts.state : 'running'));
    expect(new Set(states)).toEqual(new Set(BATCH_STATES));
  });
  test('says what failed, and most often why', () => {
    const failures = { no_images: 2, content_rejected: 7, expired: 2 };
    expect(judgeBatch({ ...RUNNING, succeeded: 21, failed: 11, failures })).toEqual({
      kind: 'paused',
      reason: 'failures',
      detail: '11 of 32 failed (34 %), most often content_rejected; it goes on when a person resumes it',
    });
  });
  test('says how its pilot went', () => {
    expect(judgeBatch({ ...RUNNING, pilot: pilot(17, 2, 1) })).toMatchObject({
      detail:
        'The pilot of 20 has ended: 17 succeeded, 2 failed, 1 were canceled; it goes on when a person resumes it',
    });
  });
});

const change = (more: Partial<BatchChange>): BatchChange => ({
  was: null,
  wasCode: null,
  ended: null,
  code: null,
  jobs: 1,
  imagesBilled: 0,
  ...more,
});
const NONE = { was: null, wasCode: null } as const;
const EXPIRED = { was: 'failed', wasCode: 'expired' } as const;

/** What is different after the changes, and the changes. */
const COUNTED = [
  ['ends are counted', { succeeded: 3 }, [change({ ended: 'succeeded', jobs: 3 })]],
  [
    'failures are counted by their code',
    { failed: 3, failures: { expired: 2, no_images: 1 } },
    [change({ ended: 'failed', code: 'expired', jobs: 2 }), change({ ended: 'failed', code: 'no_images' })],
  ],
  ['images are counted as they are billed', { imagesBilled: 4 }, [change({ imagesBilled: 4, jobs: 2 })]],
  [
    'a failure that became a success is one',
    { succeeded: 1 },
    [change({ ...NONE, ended: 'failed', code: 'expired' }), change({ ...EXPIRED, ended: 'succeeded' })],
  ],
  [
    'a failure with another code is that',
    { failed: 1, failures: { no_images: 1 } },
    [
      change({ ended: 'failed', code: 'expired' }),
      change({ ...EXPIRED, ended: 'failed', code: 'no_images' }),
    ],
  ],
  [
    'a retried failure is open',
    {},
    [change({ ended: 'failed', code: 'expired', jobs: 2 }), change({ ...EXPIRED, jobs: 2 })],
  ],
  [
    'a canceled one that got its images is canceled',
    { canceled: 1 },
    [change({ ended: 'canceled' }), change({ was: 'canceled', ended: 'canceled' })],
  ],
] as const satisfies readonly (readonly [string, Partial<BatchCounts>, readonly BatchChange[]])[];

describe('counts', () => {
  test.each(COUNTED)('%s', (_, expected, changes) => {
    expect(countChanges(COUNTS, changes, true)).toEqual({ ...COUNTS, ...expected });
  });

  const failed = { ...COUNTS, failed: 40, succeeded: 10, failures: { expired: 40 } };
  const retried = change({ ...EXPIRED, jobs: 40 });

  test('for the guard begin with what has ended when all of it is counted', () => {
    const reset = { ...failed, guardEnded: GUARD_TO_BE_SET };
    const more = [change({ ended: 'succeeded', jobs: 5 })];
    expect(countChanges(reset, more, true)).toMatchObject({ guardEnded: 55, guardFailed: 40 });
    expect(countChanges(reset, more, false)).toMatchObject({ guardEnded: GUARD_TO_BE_SET });
  });

  test('for the guard hold as many failures of the retried as fail again', () => {
    const open = countChanges({ ...failed, guardEnded: 50, guardFailed: 40 }, [retried], true);
    const again = countChanges(open, [change({ ended: 'failed', code: 'expired', jobs: 30 })], true);
    expect(judgeBatch({ ...RUNNING, ...again })).toMatchObject({
      detail: expect.stringContaining('30 of 30 failed'),
    });
  });

  test('for the guard never fall below nothing', () => {
    expect(countChanges(failed, [retried], true)).toMatchObject({ guardEnded: 0, guardFailed: 0, failed: 0 });
  });
});

describe('the pace', () => {
  const after = (pace: number | null, jobs: number, sinceLastS: number, sinceRunningS: number) =>
    paceAfter(pace, jobs, { sinceLastS, sinceRunningS });

  test('is the mean as long as a batch has not run for long', () => {
    const first = after(null, 10, 10, 10);
    expect(first).toBeCloseTo(1);
    expect(after(first, 30, 10, 20)).toBeCloseTo(2);
  });
  test('follows the last minutes then', () => {
    let pace: number | null = 1;
    for (let second = 0; second < 300; second += 1) pace = after(pace, 5, 1, 3_600 + second);
    expect(pace).toBeCloseTo(5, 1);
  });
  test('falls while nothing ends', () => {
    expect(after(2, 0, 60, 3_600)).toBeCloseTo(2 / Math.E, 1);
  });
  test('stays when no time has passed', () => {
    expect(after(2, 3, 0, 3_600)).toBe(2);
  });
});
