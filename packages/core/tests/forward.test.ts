import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AttemptState, isFinal, isOpen, type JobStatus } from '../src/index.js';
import { anyStep, live, type Moment, many } from './lives.js';

const CURRENT_STATE: Partial<Record<JobStatus, AttemptState>> = {
  submitting: 'sending',
  unconfirmed: 'unknown',
  processing: 'accepted',
  succeeded: 'ended_succeeded',
};

function inAnyLife(numRuns: number, check: (moment: Moment) => void): void {
  const holds = fc.property(many(anyStep), (steps) => {
    for (const moment of live(steps)) check(moment);
  });
  fc.assert(holds, { numRuns });
}

describe('at every moment of any life', () => {
  test('a job and its attempts do not contradict each other', () => {
    const reached = new Set<JobStatus>();
    inAnyLife(400, ({ job }) => {
      reached.add(job.status);
      const current = job.attempts.find((attempt) => attempt.id === job.currentAttemptId);
      const expected = CURRENT_STATE[job.status];
      if (expected !== undefined) expect([job.status, current?.state]).toEqual([job.status, expected]);
      expect(job.error !== null).toBe(job.status === 'failed');
      expect(job.finishedAt !== null).toBe(isFinal(job.status));
    });
    expect(reached.size).toBe(7);
  });
  test('a job is succeeded, or canceled before, exactly when one of its attempts has succeeded', () => {
    inAnyLife(400, ({ job }) => {
      const hasImages = job.attempts.some((attempt) => attempt.images.length > 0);
      expect(job.attempts.some((attempt) => attempt.state === 'ended_succeeded')).toBe(hasImages);
      if (job.status === 'succeeded') expect(hasImages).toBe(true);
      if (hasImages) expect(['succeeded', 'canceled']).toContain(job.status);
    });
  });
  test('only a person takes a job out of a final state, but for a success, which makes a failed one succeed', () => {
    inAnyLife(400, ({ before, event, job }) => {
      if (before.status === 'succeeded') expect(job.status).toBe('succeeded');
      if (event.type === 'retried-by-client') return;
      if (before.status === 'canceled') expect(job.status).toBe('canceled');
      if (before.status === 'failed') expect(['failed', 'succeeded']).toContain(job.status);
    });
  });
  test('an attempt that failed or was given up ends the job only when no other attempt is open', () => {
    inAnyLife(1_000, ({ before, event, job }) => {
      if (event.type !== 'attempt' || !['failed', 'given-up'].includes(event.event.type)) return;
      if (before.status !== 'failed' && job.status === 'failed')
        expect(job.attempts.filter(isOpen)).toEqual([]);
    });
  });
  test('an attempt whose own task ended stays ended, and keeps its images; one that was closed reopens by proof alone', () => {
    inAnyLife(400, ({ before, event, job }) => {
      for (const attempt of before.attempts) {
        const next = job.attempts.find((other) => other.id === attempt.id);
        if (attempt.state === 'ended_succeeded') expect(next?.state).toBe('ended_succeeded');
        if (attempt.state === 'ended_failed' && !attempt.provisional) expect(next?.state).toMatch(/^ended_/);
        expect(next?.images.length).toBeGreaterThanOrEqual(attempt.images.length);
        if (next === undefined || isOpen(attempt) || !isOpen(next)) continue;
        const proof = event.type === 'attempt' ? event.event.type : event.type;
        expect(['accepted', 'progressed', 'adopted-by-client']).toContain(proof);
      }
    });
  });
  test('a success is refused only when it is known, names another task, or no attempt of the job', () => {
    inAnyLife(400, ({ event, decision }) => {
      if (event.type !== 'attempt' || event.event.type !== 'succeeded' || decision.kind === 'changed') return;
      expect(['already_known', 'conflicting_task', 'unknown_attempt']).toContain(decision.reason);
    });
  });
  test('what is called a change changes something', () => {
    inAnyLife(400, ({ before, decision }) => {
      if (decision.kind === 'changed') expect(decision.job).not.toEqual(before);
    });
  });
});
