import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  type AttemptEvent,
  type AttemptState,
  decide,
  isOpen,
  type Job,
  type JobEvent,
  type JobStatus,
  ownFailure,
} from './index.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const IMAGES = [{ url: 'https://images.example/1.png', width: null, height: null }];

function newAttempt(number: number): Attempt {
  return {
    id: `att_${number}`,
    number,
    replyRef: `att_${number}`,
    account: 'anna@example.com',
    state: 'sending',
    stateSince: NOW,
    providerTaskId: null,
    provisional: false,
    imageCount: 1,
    imagesBilled: null,
    images: [],
    failure: null,
    sentAt: NOW,
    answeredAt: null,
    deadlineAt: NOW,
    nextCheckAt: null,
    checks: 0,
    listedAt: null,
  };
}

const QUEUED: Job = {
  id: 'try_1',
  status: 'queued',
  statusSince: NOW,
  currentAttemptId: null,
  error: null,
  dueAt: NOW,
  submittedAt: null,
  finishedAt: null,
  attempts: [],
};

function after(job: Job, event: JobEvent): Job {
  const decision = decide(job, event, NOW);
  return decision.kind === 'changed' ? decision.job : job;
}

function eventOf(type: AttemptEvent['type'], number: number): AttemptEvent {
  const taskId = `task-${number}`;
  if (type === 'accepted') return { type, taskId, provisional: false };
  if (type === 'progressed') return { type, taskId };
  if (type === 'succeeded') return { type, taskId, images: IMAGES };
  if (type === 'failed') return { type, taskId, failure: ownFailure('generation_failed', 'failed') };
  if (type === 'refused') return { type, failure: ownFailure('invalid_input', 'refused') };
  return { type };
}

function happen(job: Job, type: AttemptEvent['type'], number = 1): Job {
  return after(job, { type: 'attempt', attemptId: `att_${number}`, event: eventOf(type, number) });
}

/** Every sequence of up to `lengthMax` words. */
function sequences<Word>(words: readonly Word[], lengthMax: number): Word[][] {
  if (lengthMax === 0) return [[]];
  const shorter = sequences(words, lengthMax - 1);
  const longest = shorter.filter((sequence) => sequence.length === lengthMax - 1);
  return [...shorter, ...longest.flatMap((sequence) => words.map((word) => [...sequence, word]))];
}

describe('the order and the number of the provider words about one attempt do not matter', () => {
  const submitted = after(QUEUED, { type: 'submission-started', attempt: newAttempt(1) });
  const starts: readonly (readonly [string, Job])[] = [
    ['on the wire', submitted],
    ['unanswered', happen(submitted, 'unanswered')],
    ['disproved', happen(happen(submitted, 'unanswered'), 'disproved')],
    ['deferred', happen(submitted, 'deferred')],
    ['given up', happen(happen(submitted, 'unanswered'), 'given-up')],
    ['refused', happen(submitted, 'refused')],
  ];
  const told = (end: 'succeeded' | 'failed') =>
    sequences(['accepted', 'progressed', end] as const, 6).filter((words) => words.includes(end));

  test.each(starts)('%s: with succeeded among them the job succeeds', (_, start) => {
    for (const words of told('succeeded')) {
      const job = words.reduce((before, word) => happen(before, word), start);
      expect([job.status, job.attempts[0]?.state, words]).toEqual(['succeeded', 'ended_succeeded', words]);
    }
  });
  test.each(starts.slice(0, 2))('%s: with failed among them the job fails', (_, start) => {
    for (const words of told('failed')) {
      const job = words.reduce((before, word) => happen(before, word), start);
      expect([job.status, job.error?.code, job.attempts[0]?.state]).toEqual([
        'failed',
        'generation_failed',
        'ended_failed',
      ]);
    }
  });
  test('with succeeded and failed both, success wins in any order', () => {
    const words = sequences(['accepted', 'succeeded', 'failed'] as const, 5);
    for (const sequence of words.filter((some) => some.includes('succeeded')))
      expect(sequence.reduce((before, word) => happen(before, word), submitted).status).toBe('succeeded');
  });
  test('a callback before the submit answer, with or without an id, ends in the same facts', () => {
    const late = happen(happen(submitted, 'succeeded'), 'accepted');
    const withoutId: JobEvent = {
      type: 'attempt',
      attemptId: 'att_1',
      event: { type: 'succeeded', taskId: null, images: IMAGES },
    };
    const lateId = happen(after(submitted, withoutId), 'accepted');
    const inOrder = happen(happen(submitted, 'accepted'), 'succeeded');
    expect([late, lateId]).toEqual([inOrder, inOrder]);
  });
});

/** mulberry32: a fixed seed makes a failing walk repeatable. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ATTEMPT_WORDS = [
  'accepted',
  'refused',
  'deferred',
  'never-sent',
  'unanswered',
  'unanswered',
  'disproved',
  'disproved',
  'progressed',
  'succeeded',
  'failed',
  'failed',
  'given-up',
] as const;

function randomEvent(job: Job, random: () => number): JobEvent {
  const dice = random();
  if (dice < 0.3) return { type: 'submission-started', attempt: newAttempt(job.attempts.length + 1) };
  if (dice < 0.33) return { type: 'canceled-by-client' };
  if (dice < 0.4) return { type: 'retried-by-client', mayBillTwice: random() < 0.7 };
  if (dice < 0.41) return { type: 'expired' };
  const number = 1 + Math.floor(random() * Math.max(1, job.attempts.length));
  const type = ATTEMPT_WORDS[Math.floor(random() * ATTEMPT_WORDS.length)] ?? 'accepted';
  return { type: 'attempt', attemptId: `att_${number}`, event: eventOf(type, number) };
}

const CURRENT_STATE: Partial<Record<JobStatus, AttemptState>> = {
  submitting: 'sending',
  unconfirmed: 'unknown',
  processing: 'accepted',
  succeeded: 'ended_succeeded',
};

function expectConsistent(job: Job): void {
  const current = job.attempts.find((attempt) => attempt.id === job.currentAttemptId);
  const expected = CURRENT_STATE[job.status];
  if (expected !== undefined) expect([job.status, current?.state]).toEqual([job.status, expected]);
  expect(job.error !== null).toBe(job.status === 'failed');
  const isOver = ['succeeded', 'failed', 'canceled'].includes(job.status);
  expect(job.finishedAt !== null).toBe(isOver);
}

function expectForward(before: Job, event: JobEvent, job: Job): void {
  if (before.status === 'succeeded') expect(job.status).toBe('succeeded');
  if (before.status === 'canceled' && job.status !== 'canceled') expect(event.type).toBe('retried-by-client');
  if (before.status === 'failed' && event.type !== 'retried-by-client')
    expect(['failed', 'succeeded']).toContain(job.status);
  for (const attempt of before.attempts) {
    const next = job.attempts.find((other) => other.id === attempt.id);
    if (attempt.state === 'ended_succeeded') expect(next?.images).toEqual(IMAGES);
    if (next === undefined || isOpen(attempt) || !isOpen(next)) continue;
    expect([attempt.state, next.state]).not.toContain('ended_failed');
    expect(['accepted', 'progressed']).toContain(event.type === 'attempt' && event.event.type);
  }
}

test('in 400 random lives a job and its attempts never contradict each other and only move forward', () => {
  const reached = new Set<string>();
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = randomFrom(seed);
    let job = QUEUED;
    for (let step = 0; step < 40; step += 1) {
      const event = randomEvent(job, random);
      const next = after(job, event);
      expectForward(job, event, next);
      expectConsistent(next);
      reached.add(next.status);
      job = next;
    }
  }
  expect(reached.size).toBe(7);
});

test('a refused event changes nothing, and no event changes the job it was given', () => {
  const submitted = after(QUEUED, { type: 'submission-started', attempt: newAttempt(1) });
  const frozen = structuredClone(submitted);
  happen(submitted, 'succeeded');
  expect(submitted).toEqual(frozen);
  expect(happen(submitted, 'disproved')).toBe(submitted);
});
