import { describe, expect, test } from 'vitest';
import {
  type AccountRoom,
  type Budget,
  explainWaiting,
  JOB_STATUSES,
  WAITING_CODES,
  type WaitingBatch,
  type WaitingFacts,
} from './index.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const SINCE = new Date('2025-12-31T23:00:00Z');
const UNTIL = new Date('2026-01-01T00:10:00Z');
const OUTAGE = { since: SINCE, until: UNTIL };
const PAUSE = { by: 'fault', reason: 'out of credits', since: SINCE, until: UNTIL } as const;
const HELD = { by: 'person', reason: 'invoice open', since: SINCE, until: null } as const;

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
  isCopying: false,
  client: 'shop',
  batchId: 'bat_1',
  imageCount: 2,
  budgets: [],
  accounts: [room(1)],
  paused: null,
  batch: null,
  silent: null,
  checksInputs: false,
  inputsChecked: false,
  provider: null,
  attemptDeadlineAt: null,
};

const batch = (more: Partial<WaitingBatch>): WaitingBatch => ({
  state: 'running',
  stateSince: SINCE,
  pauseReason: null,
  pauseDetail: null,
  piloting: false,
  isPilot: false,
  ...more,
});
const piloting = batch({ piloting: true });
const reviewed = batch({
  state: 'paused',
  pauseReason: 'pilot_review',
  pauseDetail: 'The pilot of 3 has ended',
  piloting: true,
});
const failing = batch({ state: 'paused', pauseReason: 'failures', pauseDetail: '9 of 30 failed (30 %)' });
const stopped = batch({ state: 'paused', pauseReason: 'person' });

const MIDNIGHT = new Date('2026-01-02T00:00:00Z');
const budget = (leftImages: number, more: Partial<Budget> = {}): Budget => ({
  scope: 'day',
  name: '',
  limitImages: 100,
  leftImages,
  reachedAt: SINCE,
  ...more,
});
const ofBatch = budget(0, { scope: 'batch', name: 'bat_1' });
const ofClient = budget(0, { scope: 'client', name: 'shop' });

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
  ['queue_turn', 'its inputs were checked', { checksInputs: true, inputsChecked: true }, null, 'its turn'],
  ['input_check', 'nobody has looked at its inputs', { checksInputs: true }, null, 'images are looked at'],
  ['free_slot', 'that takes no slot anyway', { checksInputs: true, accounts: [room(0)] }, null, 'taken'],
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
  [
    'account_paused',
    'a person paused its account, with a reason',
    { email: ANNA, accounts: [room(1, { paused: HELD }), ben(1)] },
    null,
    'Its account is paused by a person (invoice open); it goes on when a person resumes it',
  ],
  [
    'account_paused',
    'a person paused all accounts, without a reason',
    { accounts: [room(1, { paused: { ...HELD, reason: null } }), ben(1, { paused: HELD })] },
    null,
    'All accounts are paused by a person; it goes on',
  ],
  [
    'account_paused',
    'one is paused by a person, and a fault on the other ends first',
    { accounts: [room(1, { paused: HELD }), ben(1, { paused: PAUSE })] },
    UNTIL,
    'All accounts are paused: out of credits',
  ],
  [
    'queue_turn',
    'a person paused one account of two',
    { accounts: [room(1, { paused: HELD }), ben(1)] },
    null,
    'turn',
  ],
  [
    'paused',
    'a person paused everything, whatever else is wrong',
    { paused: HELD, dueAt: UNTIL, provider: OUTAGE, silent: 'worker', accounts: [paused] },
    null,
    'Submitting is paused by a person (invoice open)',
  ],
  [
    'paused',
    'everything is paused without a reason',
    { paused: { since: SINCE, reason: null } },
    null,
    'by a person; it',
  ],
  ['queue_turn', 'its batch runs', { batch: batch({}) }, null, 'its turn'],
  [
    'queue_turn',
    'its batch has ended, and a person wants it again',
    { batch: batch({ state: 'finished' }) },
    null,
    'turn',
  ],
  ['queue_turn', 'that of a canceled one', { batch: batch({ state: 'canceled' }) }, null, 'its turn'],
  ['queue_turn', 'it is of the pilot', { batch: { ...piloting, isPilot: true } }, null, 'its turn'],
  ['batch_paused', 'its batch is received', { batch: batch({ state: 'receiving' }) }, null, 'being received'],
  ['batch_paused', 'its batch is canceled', { batch: batch({ state: 'canceling' }) }, null, 'being canceled'],
  [
    'batch_paused',
    'a person paused its batch, whatever else is wrong',
    {
      batch: stopped,
      dueAt: UNTIL,
      provider: OUTAGE,
      silent: 'worker',
      budgets: [ofBatch],
      accounts: [paused],
    },
    null,
    'Its batch is paused by a person; it goes on when',
  ],
  ['batch_paused', 'too many failed', { batch: failing }, null, 'Its batch is paused: 9 of 30 failed (30 %)'],
  ['batch_paused', 'the pilot was paused', { batch: { ...stopped, piloting: true } }, null, 'by a person'],
  ['paused', 'everything is paused, its batch too', { paused: HELD, batch: stopped }, null, 'Submitting'],
  ['pilot_review', 'the pilot runs, and it is not of it', { batch: piloting }, null, 'goes first'],
  ['pilot_review', 'the pilot has ended', { batch: reviewed }, null, 'for a look: The pilot of 3 has ended'],
  [
    'pilot_review',
    'it was of the pilot, and is retried',
    { batch: { ...reviewed, isPilot: true } },
    null,
    'a look',
  ],
  [
    'provider_result',
    'processing while its batch is',
    { status: 'processing', batch: stopped },
    null,
    'images',
  ],
  ['provider_result', 'processing while paused', { status: 'processing', paused: HELD }, null, 'images'],
  ['account_paused', 'no account is configured', { accounts: [] }, null, 'configured yet'],
  ['account_paused', 'its account is missing', { email: ANNA, accounts: [ben(1)] }, null, 'not among'],
  ['retry_time', 'it is not due', { dueAt: UNTIL, provider: OUTAGE, silent: 'worker' }, UNTIL, 'pause'],
  ['provider_unavailable', 'nothing connects', { provider: OUTAGE, accounts: [paused] }, UNTIL, 'reached'],
  ['provider_unavailable', 'it is probed', { provider: { ...OUTAGE, until: PAST } }, null, 'reached'],
  ['budget', 'the day is used up', { budgets: [budget(0)], accounts: [paused] }, MIDNIGHT, 'As many images'],
  ['budget', 'fewer images are left than it asks for', { budgets: [budget(1)] }, MIDNIGHT, 'Fewer images'],
  [
    'budget',
    'no day leaves as many images',
    { budgets: [budget(1, { limitImages: 1 })] },
    null,
    'than a limit ever leaves',
  ],
  ['budget', 'its client has used up the day', { budgets: [ofClient] }, MIDNIGHT, 'Its client'],
  ['budget', 'its batch has used up its images', { budgets: [ofBatch, budget(0)] }, null, 'Its batch'],
  ['queue_turn', 'enough images are left', { budgets: [budget(2)] }, null, 'its turn'],
  [
    'queue_turn',
    'others are over their ceilings',
    {
      budgets: [budget(0, { scope: 'client', name: 'studio' }), budget(0, { scope: 'batch', name: 'bat_2' })],
    },
    null,
    'its turn',
  ],
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
  test('a job waits for its batch since that was paused, or since it came if that was later', () => {
    const later = { ...stopped, stateSince: NOW };
    expect(explainWaiting({ ...QUEUED, batch: later })).toMatchObject({ since: NOW });
    expect(explainWaiting({ ...QUEUED, statusSince: UNTIL, batch: later })).toMatchObject({ since: UNTIL });
  });
  test('a job that came after the ceiling was reached waits for it since it came', () => {
    const facts = { ...QUEUED, statusSince: NOW, budgets: [budget(0)] };
    expect(explainWaiting(facts)).toMatchObject({ code: 'budget', since: NOW });
    const reachedAt = UNTIL;
    expect(explainWaiting({ ...facts, budgets: [budget(0, { reachedAt })] })).toMatchObject({
      since: reachedAt,
    });
  });
});
