import {
  type Attempt,
  type AttemptEvent,
  applyToAttempt,
  isOpen,
  mayBePaid,
  reachedProvider,
} from './attempt.js';
import { type Failure, ownFailure } from './failure.js';
import { isFinal, type Job, type JobStatus } from './job.js';
import { REQUEUE_PAUSE_MS } from './retry-schedule.js';

/** Everything that can happen to a job: to one of its attempts, by the clock, or by its callers. */
export type JobEvent =
  | { readonly type: 'submission-started'; readonly attempt: Attempt }
  | {
      readonly type: 'attempt';
      readonly attemptId: string;
      readonly event: AttemptEvent;
      /** Proven-not-arrived submits since the last retry, after which the job fails; only disproved ones count. */
      readonly submitAttemptsMax?: number;
    }
  | { readonly type: 'expired' }
  | { readonly type: 'account-removed' }
  /** A look at its images found one that the provider could not use. */
  | { readonly type: 'input-refused'; readonly message: string }
  | { readonly type: 'canceled-by-client' }
  | { readonly type: 'retried-by-client'; readonly mayBillTwice: boolean }
  /** A person found the task at the provider. */
  | { readonly type: 'adopted-by-client'; readonly taskId: string };

export type RefusalReason =
  | 'unknown_attempt'
  | 'already_known'
  | 'too_late'
  | 'conflicting_task'
  | 'not_queued'
  | 'already_submitted'
  | 'not_cancelable'
  | 'already_canceled'
  | 'not_retryable'
  | 'may_bill_twice'
  | 'not_adoptable'
  | 'already_adopted';

/** Something that happened, in the words of the timeline. */
export interface JobFact {
  readonly kind: string;
  readonly attemptId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export type Decision =
  | {
      readonly kind: 'changed';
      readonly job: Job;
      readonly changedAttempts: readonly Attempt[];
      readonly facts: readonly JobFact[];
    }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/**
 * The job's transition table: what an event makes of a job, or why it may not. Pure; `now` is the database's
 * clock. Facts about an attempt are kept whatever became of the job; the job's status follows its attempts.
 */
export function decide(job: Job, event: JobEvent, now: Date): Decision {
  switch (event.type) {
    case 'submission-started':
      return startSubmission(job, event.attempt, now);
    case 'attempt':
      return applyAttemptEvent(job, event, now);
    case 'expired':
      return expire(job, now);
    case 'account-removed':
      return failQueued(
        job,
        ownFailure('account_removed', 'The account it asked for is no longer configured'),
        now,
      );
    case 'input-refused':
      return failQueued(job, ownFailure('invalid_input', event.message), now);
    case 'canceled-by-client':
      return cancel(job, now);
    case 'retried-by-client':
      return retry(job, event.mayBillTwice, now);
    case 'adopted-by-client':
      return adopt(job, event.taskId, now);
  }
}

function startSubmission(job: Job, attempt: Attempt, now: Date): Decision {
  if (job.status !== 'queued') return refused('not_queued');
  const attempts = [...job.attempts, attempt];
  const next: Job = {
    ...job,
    currentAttemptId: attempt.id,
    attempts,
    submittedAt: firstSubmitOf(attempts),
  };
  return changed(job, enter(next, 'submitting', now), [attempt], [], {});
}

function applyAttemptEvent(job: Job, event: Extract<JobEvent, { type: 'attempt' }>, now: Date): Decision {
  const before = job.attempts.find((attempt) => attempt.id === event.attemptId);
  if (before === undefined) return refused('unknown_attempt');
  const move = applyToAttempt(before, event.event, now);
  if (move.kind === 'refused') return refused(move.reason);
  const attempts = job.attempts.map((attempt) => (attempt.id === before.id ? move.attempt : attempt));
  const submittedAt = firstSubmitOf(attempts);
  const next = followAttempts({ ...job, attempts, submittedAt }, before, move.attempt, event, now);
  const fact: JobFact = {
    kind: `attempt.${event.event.type.replace('-', '_')}`,
    attemptId: before.id,
    data: {
      from: before.state,
      to: move.attempt.state,
      providerTaskId: move.attempt.providerTaskId,
      ...causeOf(event.event),
    },
  };
  return changed(job, next, [move.attempt], [fact], revival(job, next));
}

/** What decided, and why, for the timeline. */
function causeOf(event: AttemptEvent): Record<string, unknown> {
  return {
    ...(event.by === undefined ? {} : { by: event.by }),
    ...('reason' in event && event.reason !== undefined ? { reason: event.reason } : {}),
    ...(event.type === 'disowned' ? { disownedTaskId: event.taskId } : {}),
  };
}

/** The send of the first submit that reached the provider, or may have; deferrals do not count. */
function firstSubmitOf(attempts: readonly Attempt[]): Date | null {
  return attempts.find(reachedProvider)?.sentAt ?? null;
}

/** The job after one of its attempts moved. Final jobs stay, but a failed one is revived by a success. */
function followAttempts(
  job: Job,
  before: Attempt,
  attempt: Attempt,
  event: Extract<JobEvent, { type: 'attempt' }>,
  now: Date,
): Job {
  if (attempt.state === 'ended_succeeded') return succeed(job, attempt, now);
  if (isFinal(job.status)) return job;
  // Nothing came to be known: only that what was taken for known is not.
  if (event.event.type === 'disowned' && attempt.state === before.state) return job;
  if (job.status === 'queued') return withdrawResubmit(job, attempt, now);
  if (attempt.state === 'accepted')
    // Whichever attempt it is: the job waits for a task that runs, and submits no other beside it.
    return enter({ ...job, currentAttemptId: attempt.id }, 'processing', now);
  if (attempt.id !== job.currentAttemptId) return endIfNothingIsOpen(job, now);
  return followCurrent(job, before, attempt, event, now);
}

function followCurrent(
  job: Job,
  before: Attempt,
  attempt: Attempt,
  event: Extract<JobEvent, { type: 'attempt' }>,
  now: Date,
): Job {
  switch (attempt.state) {
    case 'sending':
      return job;
    case 'accepted':
      return enter(job, 'processing', now);
    case 'unknown':
      return enter(job, 'unconfirmed', now);
    case 'deferred':
    case 'never_sent':
      return sendAgain(job, attempt, now);
    case 'disproved':
      return afterDisproof(job, attempt, event, now);
    case 'refused':
      return fail(job, failureOf(attempt, before), now);
    case 'ended_failed':
    case 'given_up':
      return endIfNothingIsOpen(job, now, failureOf(attempt, before));
    case 'ended_succeeded':
      return succeed(job, attempt, now);
  }
}

function succeed(job: Job, attempt: Attempt, now: Date): Job {
  if (job.status === 'succeeded' || job.status === 'canceled') return job;
  return enter({ ...job, currentAttemptId: attempt.id, error: null, finishedAt: now }, 'succeeded', now);
}

/** Proof that an older attempt arrived, before the new one is sent, makes the new one needless: it saves money. */
function withdrawResubmit(job: Job, attempt: Attempt, now: Date): Job {
  if (attempt.state !== 'accepted') return job;
  return enter({ ...job, currentAttemptId: attempt.id }, 'processing', now);
}

/** A job whose current attempt is over ends when no other attempt can still bring images. */
function endIfNothingIsOpen(job: Job, now: Date, failure?: Failure): Job {
  const current = job.attempts.find((attempt) => attempt.id === job.currentAttemptId);
  if (current === undefined || isOpen(current)) return job;
  const open = job.attempts.find(isOpen);
  if (open !== undefined) return enter({ ...job, currentAttemptId: open.id }, statusOfOpen(open), now);
  return fail(job, failure ?? failureOf(current, current), now);
}

function statusOfOpen(attempt: Attempt): JobStatus {
  if (attempt.state === 'accepted') return 'processing';
  return attempt.state === 'unknown' ? 'unconfirmed' : 'submitting';
}

function afterDisproof(
  job: Job,
  attempt: Attempt,
  event: Extract<JobEvent, { type: 'attempt' }>,
  now: Date,
): Job {
  const since = job.retriedAt?.getTime() ?? 0;
  const disproved = job.attempts.filter(
    ({ state, sentAt }) => state === 'disproved' && sentAt.getTime() >= since,
  ).length;
  if (disproved >= (event.submitAttemptsMax ?? Number.POSITIVE_INFINITY))
    return fail(
      job,
      ownFailure('attempts_exhausted', `${disproved} submits never reached the provider`),
      now,
    );
  return sendAgain(job, attempt, now);
}

/**
 * Back into the queue after a submit that came to nothing. But another attempt that the provider turned out to
 * have after this one was sent may still be paid, even given up, and nobody asked for one more beside it.
 */
function sendAgain(job: Job, attempt: Attempt, now: Date): Job {
  const proven = job.attempts.find(
    (other) =>
      other.id !== attempt.id &&
      mayBePaid(other) &&
      other.answeredAt !== null &&
      other.answeredAt > attempt.sentAt,
  );
  if (proven !== undefined) return endIfNothingIsOpen(job, now, failureOf(proven, proven));
  // What kept it from being sent may still be there; a disproof took its time.
  const pauseMs = attempt.state === 'disproved' ? 0 : REQUEUE_PAUSE_MS;
  return enter({ ...job, dueAt: new Date(now.getTime() + pauseMs) }, 'queued', now);
}

function failureOf(attempt: Attempt, before: Attempt): Failure {
  if (attempt.failure !== null) return attempt.failure;
  return before.state === 'accepted' || attempt.providerTaskId !== null
    ? ownFailure('deadline_exceeded', 'The provider did not finish the task before the deadline')
    : ownFailure('submission_unconfirmed', 'Whether the provider took the request could not be found out');
}

/** One that is being retried was submitted in time. */
function expire(job: Job, now: Date): Decision {
  if (job.status === 'queued' && job.attempts.some(reachedProvider)) return refused('already_submitted');
  return failQueued(job, ownFailure('expired', 'Not submitted before its expiresAt'), now);
}

function failQueued(job: Job, failure: Failure, now: Date): Decision {
  if (job.status !== 'queued') return refused('not_queued');
  return changed(job, fail(job, failure, now), [], [], { code: failure.code });
}

function cancel(job: Job, now: Date): Decision {
  if (job.status === 'canceled') return refused('already_canceled');
  if (isFinal(job.status)) return refused('not_cancelable');
  return changed(job, enter({ ...job, finishedAt: now }, 'canceled', now), [], [], {});
}

function retry(job: Job, mayBillTwice: boolean, now: Date): Decision {
  const retryable = job.status === 'failed' || job.status === 'canceled' || job.status === 'unconfirmed';
  if (
    !retryable ||
    job.deletedAt !== null ||
    job.attempts.some((attempt) => attempt.state === 'ended_succeeded')
  )
    return refused('not_retryable');
  if (!mayBillTwice && job.attempts.some(mayBePaid)) return refused('may_bill_twice');
  const next: Job = { ...job, error: null, finishedAt: null, dueAt: now, retriedAt: now };
  return changed(job, enter(next, 'queued', now), [], [], { mayBillTwice });
}

/**
 * A task that a person found goes the way of an acceptance by the provider, but provisionally: a person can
 * mistake the number, and naming another takes it back. Adopting it once more changes nothing.
 */
function adopt(job: Job, taskId: string, now: Date): Decision {
  if (job.deletedAt !== null) return refused('not_adoptable');
  const owner = job.attempts.find((attempt) => attempt.providerTaskId === taskId);
  if (owner?.state === 'accepted') return refused('already_adopted');
  const attempt = owner === undefined ? findAdopting(job.attempts) : owner;
  if (attempt === undefined || !lacksTask(attempt)) return refused('not_adoptable');
  const event = { type: 'accepted', taskId, provisional: true, by: 'person' } as const;
  const decision = applyAttemptEvent(job, { type: 'attempt', attemptId: attempt.id, event }, now);
  if (decision.kind === 'refused') return refused('not_adoptable');
  const fact: JobFact = {
    kind: 'try_on.adopted',
    attemptId: attempt.id,
    data: { providerTaskId: taskId, account: attempt.account },
  };
  return { ...decision, facts: [fact, ...decision.facts] };
}

/**
 * The newest attempt of which no task is known for certain, and that did not bring images. One that reached the
 * provider, or may have, comes before one that certainly did not; one on the wire still gets its own answer.
 */
function findAdopting(attempts: readonly Attempt[]): Attempt | undefined {
  const lacking = attempts.filter(lacksTask);
  return lacking.findLast(reachedProvider) ?? lacking.at(-1);
}

function lacksTask(attempt: Attempt): boolean {
  if (attempt.state === 'sending' || attempt.state === 'ended_succeeded') return false;
  if (attempt.state === 'ended_failed') return attempt.provisional;
  return attempt.providerTaskId === null || attempt.provisional;
}

function fail(job: Job, failure: Failure, now: Date): Job {
  return enter({ ...job, error: failure, finishedAt: now }, 'failed', now);
}

function enter(job: Job, status: JobStatus, now: Date): Job {
  return job.status === status ? job : { ...job, status, statusSince: now };
}

function refused(reason: RefusalReason): Decision {
  return { kind: 'refused', reason };
}

function revival(before: Job, after: Job): Record<string, unknown> {
  return before.status === 'failed' && after.status === 'succeeded' ? { revived: true } : {};
}

function changed(
  before: Job,
  after: Job,
  changedAttempts: readonly Attempt[],
  facts: readonly JobFact[],
  data: Readonly<Record<string, unknown>>,
): Decision {
  if (after.status === before.status) return { kind: 'changed', job: after, changedAttempts, facts };
  const kind = after.status === 'submitting' ? 'try_on.submitted' : `try_on.${after.status}`;
  const failure = after.status === 'failed' ? { code: after.error?.code } : {};
  const fact: JobFact = {
    kind,
    attemptId: after.currentAttemptId,
    data: { from: before.status, ...failure, ...data },
  };
  return { kind: 'changed', job: after, changedAttempts, facts: [...facts, fact] };
}
