import fc from 'fast-check';
import { type Attempt, type Decision, decide, type Job, type JobEvent } from '../src/index.js';
import { inferred, said, taskOf, type Word } from './said.js';

/** Something that somebody does to a job, told without knowing the job, so that any sequence is a life. */
export type Step =
  | { readonly does: 'submit'; readonly account: string }
  | { readonly does: 'cancel' }
  | { readonly does: 'expire' }
  | { readonly does: 'remove account' }
  | { readonly does: 'retry'; readonly mayBillTwice: boolean }
  | { readonly does: 'adopt'; readonly which: number }
  | {
      readonly does: 'tell';
      readonly which: number;
      readonly word: Word;
      /** Whose task the word names. */
      readonly task: 'own' | 'none' | 'foreign' | 'inferred';
    };

export const ACCOUNTS = ['anna@example.com', 'ben@example.com'] as const;

const tell = fc.record({
  does: fc.constant('tell' as const),
  which: fc.nat(3),
  // An answer that gets lost, and what follows from it, is where lives become long: it stands here twice.
  // biome-ignore format: one line is the list of words
  word: fc.constantFrom<Word[]>('accepted', 'refused', 'deferred', 'never-sent', 'unanswered', 'unanswered',
    'disproved', 'disproved', 'progressed', 'succeeded', 'failed', 'failed', 'given-up'),
  task: fc.constantFrom('own', 'own', 'own', 'none', 'foreign', 'inferred'),
});

const submit = fc.record({ does: fc.constant('submit' as const), account: fc.constantFrom(...ACCOUNTS) });
const retry = fc.record({ does: fc.constant('retry' as const), mayBillTwice: fc.boolean() });
const adopt = fc.record({ does: fc.constant('adopt' as const), which: fc.nat(3) });
const end = fc.record({ does: fc.constantFrom('cancel', 'expire', 'remove account') });

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: tell },
  { weight: 14, arbitrary: submit },
  { weight: 5, arbitrary: retry },
  { weight: 2, arbitrary: adopt },
  { weight: 2, arbitrary: end },
);

/** A number of steps; without `size`, fast-check would hardly go past ten. */
export function many<T>(step: fc.Arbitrary<T>, maxLength = 40): fc.Arbitrary<T[]> {
  return fc.array(step, { maxLength, size: 'max' });
}

/** A clock that never shows the same second twice. */
export function second(number: number): Date {
  return new Date(Date.UTC(2026, 0, 1, 0, 0, number));
}

export function newJob(id: string, now = second(0)): Job {
  return {
    id,
    status: 'queued',
    statusSince: now,
    currentAttemptId: null,
    error: null,
    dueAt: now,
    retriedAt: null,
    deletedAt: null,
    submittedAt: null,
    finishedAt: null,
    attempts: [],
  };
}

export function newAttempt(job: Job, now: Date, account: string = ACCOUNTS[0]): Attempt {
  const number = job.attempts.length + 1;
  return {
    id: `${job.id}/${number}`,
    number,
    replyRef: `${job.id}/${number}`,
    account,
    state: 'sending',
    stateSince: now,
    providerTaskId: null,
    provisional: false,
    imageCount: 1,
    imagesBilled: null,
    images: [],
    failure: null,
    sentAt: now,
    answeredAt: null,
    deadlineAt: now,
    nextCheckAt: null,
    checks: 0,
    listedAt: null,
  };
}

/** What a step is for this job. */
export function stepTo(job: Job, step: Step, now: Date): JobEvent {
  if (step.does === 'submit')
    return { type: 'submission-started', attempt: newAttempt(job, now, step.account) };
  if (step.does === 'cancel') return { type: 'canceled-by-client' };
  if (step.does === 'expire') return { type: 'expired' };
  if (step.does === 'remove account') return { type: 'account-removed' };
  if (step.does === 'retry') return { type: 'retried-by-client', mayBillTwice: step.mayBillTwice };
  const attemptId = job.attempts[step.which % Math.max(1, job.attempts.length)]?.id ?? 'none';
  if (step.does === 'adopt') return { type: 'adopted-by-client', taskId: taskOf(attemptId) };
  if (step.task === 'inferred') return inferred(attemptId, taskOf('somebody'));
  const task = { own: taskOf(attemptId), none: null, foreign: taskOf('somebody') };
  return said(step.word, attemptId, task[step.task]);
}

export interface Moment {
  readonly before: Job;
  readonly event: JobEvent;
  readonly decision: Decision;
  readonly job: Job;
  readonly now: Date;
}

/** One job's life, a second between any two steps. Frozen: no decision may change the job it was given. */
export function* live(steps: readonly Step[]): Generator<Moment> {
  let job = newJob('try_1');
  for (const [index, step] of steps.entries()) {
    const now = second(index + 1);
    const event = stepTo(job, step, now);
    const decision = decide(job, event, now);
    const before = job;
    if (decision.kind === 'changed') job = frozen(decision.job);
    yield { before, event, decision, job, now };
  }
}

function frozen(job: Job): Job {
  for (const attempt of job.attempts) Object.freeze(attempt);
  Object.freeze(job.attempts);
  return Object.freeze(job);
}
