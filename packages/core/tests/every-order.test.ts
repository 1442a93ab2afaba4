import { describe, expect, test } from 'vitest';
import { decide, type Job, type JobEvent } from '../src/index.js';
import { newAttempt, newJob, second } from './lives.js';
import { said, type Word } from './said.js';

const ID = 'try_1/1';

function after(job: Job, ...events: readonly JobEvent[]): Job {
  return events.reduce((before, event) => {
    const decision = decide(before, event, second(0));
    return decision.kind === 'changed' ? decision.job : before;
  }, job);
}

function happen(job: Job, ...words: readonly Word[]): Job {
  return after(job, ...words.map((word) => said(word, ID)));
}

/** Every sequence of up to `lengthMax` words. */
function sequences<W>(words: readonly W[], lengthMax: number): W[][] {
  if (lengthMax === 0) return [[]];
  const shorter = sequences(words, lengthMax - 1);
  const longest = shorter.filter((sequence) => sequence.length === lengthMax - 1);
  return [...shorter, ...longest.flatMap((sequence) => words.map((word) => [...sequence, word]))];
}

const queued = newJob('try_1');
const submitted = after(queued, { type: 'submission-started', attempt: newAttempt(queued, second(0)) });

describe("every order and number of up to six of the provider's words about one attempt", () => {
  const starts: readonly (readonly [string, Job])[] = [
    ['on the wire', submitted],
    ['unanswered', happen(submitted, 'unanswered')],
    ['disproved', happen(submitted, 'unanswered', 'disproved')],
    ['deferred', happen(submitted, 'deferred')],
    ['given up', happen(submitted, 'unanswered', 'given-up')],
    ['refused', happen(submitted, 'refused')],
  ];
  const told = (end: 'succeeded' | 'failed') =>
    sequences(['accepted', 'progressed', end] as const, 6).filter((words) => words.includes(end));

  test.each(starts)('%s: with succeeded among them the job succeeds', (_, start) => {
    for (const words of told('succeeded')) {
      const job = happen(start, ...words);
      expect([job.status, job.attempts[0]?.state, words]).toEqual(['succeeded', 'ended_succeeded', words]);
    }
  });
  test.each(starts.slice(0, 2))('%s: with failed among them the job fails', (_, start) => {
    for (const words of told('failed')) {
      const { status, error, attempts } = happen(start, ...words);
      const end = [status, error?.code, attempts[0]?.state];
      expect([end, words]).toEqual([['failed', 'generation_failed', 'ended_failed'], words]);
    }
  });
  test('with succeeded and failed both, success wins', () => {
    const words = sequences(['accepted', 'succeeded', 'failed'] as const, 5);
    for (const sequence of words.filter((some) => some.includes('succeeded')))
      expect(happen(submitted, ...sequence).status).toBe('succeeded');
  });
  test('a callback before the submit answer, with or without an id, ends in the same facts', () => {
    const inOrder = happen(submitted, 'accepted', 'succeeded');
    expect(happen(submitted, 'succeeded', 'accepted')).toEqual(inOrder);
    expect(after(submitted, said('succeeded', ID, null), said('accepted', ID))).toEqual(inOrder);
  });
});
