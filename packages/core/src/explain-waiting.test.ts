import { describe, expect, test } from 'vitest';
import { type AccountRoom, explainWaiting, JOB_STATUSES, WAITING_CODES, type WaitingFacts } from './index.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const SINCE = new Date('2025-12-31T23:00:00Z');
const UNTIL = new Date('2026-01-01T00:10:00Z');
const OUTAGE = { since: SINCE, until: UNTIL };
const PAUSE = { reason: 'out of credits', since: SINCE, until: UNTIL };

const PAST = new Date('2025-12-31T23:59:59Z');
const LATER = new Date('2026-01-01T00:20:00Z');
const ANNA = 'anna@example.com';

const room = (free: number, more: Partial<AccountRoom> = {}): AccountRoom => ({
  email: ANNA,
  free,
  open: 0,
  restUntil: null,
  paused: null,
  ...more,
});
const ben = (free: number, more: Partial<AccountRoom> = {}) =>
  room(free, { email: 'ben@example.com', ...more });
const paused = room(3, { paused: PAUSE });
const resting = room(3, { restUntil: UNTIL });

const QUEUED: WaitingFacts = {
  status: 'queued',
  statusSince: SINCE,
  dueAt: SINCE,
  now: NOW,
  email: null,
  maxJobs: null,
  accounts: [room(1)],
  silent: null,
  provider: null,
  attemptDeadlineAt: null,
};

/** Code, when, facts, until, and words of the detail. */
const CASES = [
  ['queue_turn', 'a slot is free', {}, null, 'its turn'],
  ['queue_turn', 'one account is paused, another has room', { accounts: [paused, ben(1)] }, null, 'its turn'],
  ['queue_turn', 'one account rests, another has room', { accounts: [resting, ben(1)] }, null, 'its turn'],
  ['queue_turn', 'a rest is over', { accounts: [room(1, { restUntil: PAST })] }, null, 'its turn'],
  [
    'queue_turn',
    'its maxJobs is not reached',
    { maxJobs: 2, accounts: [room(1, { open: 1 })] },
    null,
    'turn',
  ],
  ['queue_turn', 'no worker runs', { silent: 'worker', provider: OUTAGE }, null, 'No worker'],
  [
    'queue_turn',
    'the queue is down',
    { silent: 'queue', accounts: [room(0)] },
    null,
    'queue cannot be reached',
  ],
  ['free_slot', 'all slots are taken', { accounts: [room(0), ben(-1)] }, null, 'taken'],
  ['free_slot', 'one account is paused, another full', { accounts: [paused, ben(0)] }, null, 'taken'],
  ['free_slot', 'one account rests, another is full', { accounts: [resting, ben(0)] }, null, 'taken'],
  [
    'free_slot',
    'its account is full, another is not',
    { email: ANNA, accounts: [room(0), ben(1)] },
    null,
    'taken',
  ],
  ['free_slot', 'its account rests', { email: ANNA, accounts: [resting, ben(1)] }, UNTIL, 'rest'],
  [
    'free_slot',
    'all accounts rest',
    { accounts: [ben(1, { restUntil: LATER }), resting] },
    UNTIL,
    'they rest',
  ],
  ['free_slot', 'its maxJobs is reached', { maxJobs: 1, accounts: [room(4, { open: 1 })] }, null, 'maxJobs'],
  ['account_paused', 'its account is paused', { email: ANNA, accounts: [paused, ben(1)] }, UNTIL, 'out of'],
  [
    'account_paused',
    'all accounts are paused, until the first is tried',
    { accounts: [ben(1, { paused: { ...PAUSE, until: LATER } }), paused] },
    UNTIL,
    'All accounts',
  ],
  [
    'account_paused',
    'it is being tried',
    { accounts: [room(1, { paused: { ...PAUSE, until: PAST } })] },
    null,
    'out',
  ],
  ['account_paused', 'no account is configured', { accounts: [] }, null, 'configured yet'],
  ['account_paused', 'its account is missing', { email: ANNA, accounts: [ben(1)] }, null, 'not among'],
  ['retry_time', 'it is not due', { dueAt: UNTIL, provider: OUTAGE, silent: 'worker' }, UNTIL, 'pause'],
  ['provider_unavailable', 'nothing connects', { provider: OUTAGE, accounts: [paused] }, UNTIL, 'reached'],
  ['provider_unavailable', 'it is probed', { provider: { ...OUTAGE, until: PAST } }, null, 'reached'],
  ['provider_answer', 'submitting', { status: 'submitting', attemptDeadlineAt: UNTIL }, null, 'on its way'],
  ['submission_evidence', 'unconfirmed', { status: 'unconfirmed', attemptDeadlineAt: UNTIL }, UNTIL, 'lost'],
  ['provider_result', 'processing', { status: 'processing', attemptDeadlineAt: UNTIL }, UNTIL, 'images'],
] as const satisfies readonly (readonly [string, string, Partial<WaitingFacts>, Date | null, string])[];

describe('an open job says the one thing it waits for', () => {
  test.each(CASES)('%s when %s', (code, _, facts, until, words) => {
    const detail = expect.stringContaining(words);
    expect(explainWaiting({ ...QUEUED, ...facts })).toEqual({ code, since: SINCE, until, detail });
  });
  test('every reason has a case here, and every open status a reason', () => {
    expect(new Set(CASES.map(([code]) => code))).toEqual(new Set(WAITING_CODES));
    const silent = JOB_STATUSES.filter((status) => explainWaiting({ ...QUEUED, status }) === null);
    expect(silent).toEqual(['succeeded', 'failed', 'canceled']);
  });
});
