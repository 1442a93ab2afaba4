import { describe, expect, test } from 'vitest';
import { type AccountRoom, explainWaiting, JOB_STATUSES, WAITING_CODES, type WaitingFacts } from './index.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const SINCE = new Date('2025-12-31T23:00:00Z');
const UNTIL = new Date('2026-01-01T00:10:00Z');
const OUTAGE = { since: SINCE, until: UNTIL };
const PAUSE = { reason: 'out of credits', since: SINCE, until: UNTIL };

const room = (free: number, paused: AccountRoom['paused'] = null): AccountRoom => ({
  email: 'anna@example.com',
  free,
  paused,
});

const QUEUED: WaitingFacts = {
  status: 'queued',
  statusSince: SINCE,
  dueAt: SINCE,
  now: NOW,
  accounts: [room(1)],
  provider: null,
  attemptDeadlineAt: null,
};

const CASES = [
  ['queue_turn', 'a slot is free', {}, null],
  ['queue_turn', 'one account is paused and another has room', { accounts: [room(0, PAUSE), room(1)] }, null],
  ['free_slot', 'all slots are taken', { accounts: [room(0), room(-1)] }, null],
  ['free_slot', 'one account is paused and another is full', { accounts: [room(3, PAUSE), room(0)] }, null],
  ['account_paused', 'its account is paused', { accounts: [room(3, PAUSE)] }, UNTIL],
  ['account_paused', 'no account is configured', { accounts: [] }, null],
  ['retry_time', 'it is not due', { dueAt: UNTIL, provider: OUTAGE, accounts: [] }, UNTIL],
  ['provider_unavailable', 'nothing connects', { provider: OUTAGE, accounts: [room(0, PAUSE)] }, UNTIL],
  ['provider_answer', 'submitting', { status: 'submitting', attemptDeadlineAt: UNTIL }, null],
  ['submission_evidence', 'unconfirmed', { status: 'unconfirmed', attemptDeadlineAt: UNTIL }, UNTIL],
  ['provider_result', 'processing', { status: 'processing', attemptDeadlineAt: UNTIL }, UNTIL],
] as const satisfies readonly (readonly [string, string, Partial<WaitingFacts>, Date | null])[];

describe('an open job says the one thing it waits for', () => {
  test.each(CASES)('%s when %s', (code, _, facts, until) => {
    expect(explainWaiting({ ...QUEUED, ...facts })).toMatchObject({ code, since: SINCE, until });
  });
  test('every reason has a case here, and every open status a reason', () => {
    expect(new Set(CASES.map(([code]) => code))).toEqual(new Set(WAITING_CODES));
    const silent = JOB_STATUSES.filter((status) => explainWaiting({ ...QUEUED, status }) === null);
    expect(silent).toEqual(['succeeded', 'failed', 'canceled']);
  });
  test('a pause is told with its reason', () => {
    expect(explainWaiting({ ...QUEUED, accounts: [room(1, PAUSE)] })?.detail).toContain('out of credits');
  });
});
