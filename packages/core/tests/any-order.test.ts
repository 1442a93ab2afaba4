import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type Job, type JobEvent } from '../src/index.js';
import { newAttempt, newJob, second } from './lives.js';
import { inferred, said, taskOf, type Word } from './said.js';

// Which words may come in any order: those of the provider (accepted, progressed, succeeded, failed), by answer,
// callback or poll, once the attempt is committed. The conclusions of ours are drawn from the row, one by one.
// Which must come at all: of each attempt how it ended, and once, in whatever word, the id of its task.

/** How a submit stood when the next one began, or when the provider's words began to come. */
const STANDINGS: readonly (readonly Word[])[] = [
  [],
  ['accepted'],
  ['unanswered'],
  ['unanswered', 'disproved'],
  ['unanswered', 'given-up'],
  ['accepted', 'given-up'],
  ['deferred'],
  ['never-sent'],
  ['refused'],
];

const submit = fc.record({
  standing: fc.constantFrom(...STANDINGS),
  end: fc.constantFrom('succeeded', 'failed', 'failed'),
  endNamesTask: fc.boolean(),
  hint: fc.constantFrom('accepted', 'progressed'),
  more: fc.array(fc.constantFrom('accepted', 'progressed', 'unnamed progress', 'end', 'failed'), {
    maxLength: 4,
  }),
  /** Ours: `inferred` is somebody else's task, found in the listing. */
  conclusions: fc.array(
    fc.constantFrom('refused', 'deferred', 'never-sent', 'unanswered', 'disproved', 'given-up', 'inferred'),
    { maxLength: 3 },
  ),
});
type Submit = typeof submit extends fc.Arbitrary<infer Value> ? Value : never;

function idOf(index: number): string {
  return `try_1/${index + 1}`;
}

/** The least that has to be heard of an attempt, and some of what else may be, once or more. */
function heardOf(one: Submit, index: number): JobEvent[] {
  const id = idOf(index);
  const end = one.endNamesTask ? [said(one.end, id)] : [said(one.end, id, null), said(one.hint, id)];
  const more = one.more.map((word) => {
    if (word === 'unnamed progress') return said('progressed', id, null);
    return said(word === 'end' ? one.end : word, id);
  });
  return [...end, ...more];
}

function concludedOf(one: Submit, index: number): JobEvent[] {
  const id = idOf(index);
  // An inferred id gives way to a certain one, and so must not be the only one when the end comes.
  const words = one.conclusions.filter((word) => word !== 'inferred' || one.endNamesTask);
  return words.map((word) => (word === 'inferred' ? inferred(id, taskOf('somebody')) : said(word, id)));
}

function inOrder(one: Submit, index: number): JobEvent[] {
  return (['accepted', 'progressed', one.end] as const).map((word) => said(word, idOf(index)));
}

function after(job: Job, events: readonly JobEvent[]): Job {
  return events.reduce((before, event) => {
    const decision = decide(before, event, second(0));
    return decision.kind === 'changed' ? decision.job : before;
  }, job);
}

const CANCEL: JobEvent = { type: 'canceled-by-client' };
const RETRY: JobEvent = { type: 'retried-by-client', mayBillTwice: true };

/** A job with these submits, each sent beside what became of the one before; a retry where it takes one. */
function afterSubmits(submits: readonly Submit[]): Job {
  return submits.reduce((before, one, index) => {
    const queued = before.status === 'queued' ? before : after(before, [CANCEL, RETRY]);
    const start: JobEvent = { type: 'submission-started', attempt: newAttempt(queued, second(0)) };
    return after(queued, [start, ...one.standing.map((word) => said(word, idOf(index)))]);
  }, newJob('try_1'));
}

/** Submits, and what is heard of them in disorder, with repeats and losses. */
function disordered(events: (one: Submit, index: number) => JobEvent[]) {
  return fc.array(submit, { minLength: 1, maxLength: 3 }).chain((submits) => {
    const heard = submits.flatMap(events);
    return fc.record({
      submits: fc.constant(submits),
      heard: fc.shuffledSubarray(heard, { minLength: heard.length }),
    });
  });
}

function succeeds(submits: readonly Submit[]): boolean {
  return submits.some((one) => one.end === 'succeeded');
}

const words = disordered(heardOf);
const wordsAndConclusions = disordered((one, index) => [...heardOf(one, index), ...concludedOf(one, index)]);
const often = { numRuns: 1_000 };

describe('in any order, with any repeats, and with any losses but of ends and task ids', () => {
  test("the provider's words make of every attempt what they make of it in order", () => {
    const holds = fc.property(words, ({ submits, heard }) => {
      const job = afterSubmits(submits);
      expect(after(job, heard).attempts).toEqual(after(job, submits.flatMap(inOrder)).attempts);
    });
    fc.assert(holds, often);
  });
  test('they make of the job what they make of it in order, unless all failed while it waited to be sent again', () => {
    const holds = fc.property(words, ({ submits, heard }) => {
      const job = afterSubmits(submits);
      // There a failure alone leaves it in the queue, and one after an acceptance ends it.
      fc.pre(succeeds(submits) || job.status !== 'queued');
      const [disorder, order] = [after(job, heard), after(job, submits.flatMap(inOrder))];
      // Of several failures the last one heard is shown, of several successes the first.
      expect([disorder.status, disorder.error?.code]).toEqual([order.status, order.error?.code]);
    });
    fc.assert(holds, often);
  });
  test('one success makes the job succeed, whatever else is heard and whatever we conclude in between', () => {
    const holds = fc.property(wordsAndConclusions, ({ submits, heard }) => {
      fc.pre(succeeds(submits));
      expect(after(afterSubmits(submits), heard)).toMatchObject({ status: 'succeeded', error: null });
    });
    fc.assert(holds, often);
  });
  test('nothing that we conclude in between changes what is known of an attempt that ended', () => {
    const holds = fc.property(wordsAndConclusions, ({ submits, heard }) => {
      const job = afterSubmits(submits);
      expect(after(job, heard).attempts).toEqual(after(job, submits.flatMap(inOrder)).attempts);
    });
    fc.assert(holds, often);
  });
  test('a canceled job stays canceled, and keeps its images and all other facts as if it had not been', () => {
    const holds = fc.property(words, fc.nat(12), ({ submits, heard }, cancelAt) => {
      const job = afterSubmits(submits);
      const open = after(job, heard.slice(0, cancelAt));
      const canceled = after(open, [CANCEL, ...heard.slice(cancelAt)]);
      const kept = after(job, heard);
      const isOver = open.status === 'succeeded' || open.status === 'failed';
      expect(canceled.status).toBe(isOver ? kept.status : 'canceled');
      expect(canceled.attempts).toEqual(kept.attempts);
    });
    fc.assert(holds, often);
  });
});
