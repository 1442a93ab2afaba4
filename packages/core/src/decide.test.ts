import { describe, expect, test } from 'vitest';
import {
  ATTEMPT_EVENT_TYPES,
  ATTEMPT_STATES,
  type Attempt,
  type AttemptEvent,
  type AttemptState,
  type Decision,
  decide,
  JOB_STATUSES,
  type Job,
  type JobEvent,
  type JobStatus,
  ownFailure,
  REACHED_PROVIDER_STATES,
} from './index.js';

const START = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T00:01:00Z');
const IMAGES = [{ url: 'https://images.example/1.png', width: null, height: null }];
const FAILURE = ownFailure('generation_failed', 'failed');

function attemptIn(state: AttemptState, number = 1): Attempt {
  const hasTask = state === 'accepted' || state === 'ended_succeeded' || state === 'ended_failed';
  return {
    id: `att_${number}`,
    number,
    replyRef: `att_${number}`,
    account: 'anna@example.com',
    state,
    stateSince: START,
    providerTaskId: hasTask ? `task-${number}` : null,
    provisional: false,
    imageCount: 1,
    imagesBilled: null,
    images: state === 'ended_succeeded' ? IMAGES : [],
    failure: state === 'ended_failed' ? FAILURE : null,
    sentAt: START,
    answeredAt: null,
    deadlineAt: new Date('2026-01-01T00:30:00Z'),
    nextCheckAt: null,
    checks: 0,
    listedAt: null,
  };
}

/** A job whose attempts are numbered from 1; the current one is the last unless told. */
function jobIn(status: JobStatus, states: readonly AttemptState[], current = states.length): Job {
  const attempts = states.map((state, index) => attemptIn(state, index + 1));
  return {
    id: 'try_1',
    status,
    statusSince: START,
    currentAttemptId: attempts[current - 1]?.id ?? null,
    error: status === 'failed' ? FAILURE : null,
    dueAt: START,
    retriedAt: null,
    deletedAt: null,
    submittedAt: states.length > 0 ? START : null,
    finishedAt: status === 'failed' || status === 'canceled' || status === 'succeeded' ? START : null,
    attempts,
  };
}

function attemptEvent(type: AttemptEvent['type'], number = 1): AttemptEvent {
  const taskId = `task-${number}`;
  if (type === 'accepted') return { type, taskId, provisional: false };
  if (type === 'progressed') return { type, taskId };
  if (type === 'succeeded') return { type, taskId, images: IMAGES };
  if (type === 'failed') return { type, taskId, failure: FAILURE };
  if (type === 'refused') return { type, failure: ownFailure('invalid_input', 'no person') };
  if (type === 'disowned') return { type, taskId, ownedByAnother: true };
  return { type };
}

function happened(type: AttemptEvent['type'], number = 1): Extract<JobEvent, { type: 'attempt' }> {
  return { type: 'attempt', attemptId: `att_${number}`, event: attemptEvent(type, number) };
}

function outcomeOf(decision: Decision): string {
  return decision.kind === 'changed' ? decision.job.status : decision.reason;
}

function jobAfter(job: Job, ...events: readonly JobEvent[]): Job {
  let after = job;
  for (const event of events) {
    const decision = decide(after, event, LATER);
    if (decision.kind === 'refused') throw new Error(`${event.type} refused: ${decision.reason}`);
    after = decision.job;
  }
  return after;
}

/** Each status with the one attempt that belongs to it. */
const JOBS: Record<JobStatus, Job> = {
  queued: jobIn('queued', ['disproved']),
  submitting: jobIn('submitting', ['sending']),
  unconfirmed: jobIn('unconfirmed', ['unknown']),
  processing: jobIn('processing', ['accepted']),
  succeeded: jobIn('succeeded', ['ended_succeeded']),
  failed: jobIn('failed', ['ended_failed']),
  canceled: jobIn('canceled', ['accepted']),
};

const KNOWN = 'already_known';
const LATE = 'too_late';

/** What happens to the attempt, in the order of ATTEMPT_EVENT_TYPES; a cell is the job's status, or the refusal. */
const BY_ATTEMPT: Record<JobStatus, readonly string[]> = {
  // biome-ignore format: a table is read by its columns
  queued: ['processing', LATE, LATE, LATE, LATE, KNOWN, 'processing', 'succeeded', 'queued', LATE, LATE],
  // biome-ignore format: a table is read by its columns
  submitting: ['processing', 'failed', 'queued', 'queued', 'unconfirmed', LATE, 'processing', 'succeeded', 'failed', 'failed', LATE],
  // biome-ignore format: a table is read by its columns
  unconfirmed: ['processing', 'failed', 'queued', 'queued', KNOWN, 'queued', 'processing', 'succeeded', 'failed', 'failed', LATE],
  // biome-ignore format: a table is read by its columns
  processing: [KNOWN, LATE, LATE, LATE, LATE, LATE, KNOWN, 'succeeded', 'failed', 'failed', LATE],
  // biome-ignore format: a table is read by its columns
  succeeded: [LATE, LATE, LATE, LATE, LATE, LATE, LATE, KNOWN, LATE, LATE, LATE],
  // biome-ignore format: a table is read by its columns
  failed: [LATE, LATE, LATE, LATE, LATE, LATE, LATE, 'succeeded', KNOWN, LATE, LATE],
  // biome-ignore format: a table is read by its columns
  canceled: [KNOWN, LATE, LATE, LATE, LATE, LATE, KNOWN, 'canceled', 'canceled', 'canceled', LATE],
};

const OTHER_EVENTS: Record<string, JobEvent> = {
  'submission-started': { type: 'submission-started', attempt: attemptIn('sending', 2) },
  expired: { type: 'expired' },
  'account-removed': { type: 'account-removed' },
  'input-refused': { type: 'input-refused', message: 'humanImage: the server answers 404' },
  'canceled-by-client': { type: 'canceled-by-client' },
  'retried-by-client': { type: 'retried-by-client', mayBillTwice: false },
  'retried-by-client, may bill twice': { type: 'retried-by-client', mayBillTwice: true },
  'adopted-by-client': { type: 'adopted-by-client', taskId: 'found' },
};

/** In the order of OTHER_EVENTS. */
const BY_OTHERS: Record<JobStatus, readonly string[]> = {
  queued: [
    'submitting',
    'already_submitted',
    'failed',
    'failed',
    'canceled',
    'not_retryable',
    'not_retryable',
    'processing',
  ],
  submitting: [
    'not_queued',
    'not_queued',
    'not_queued',
    'not_queued',
    'canceled',
    'not_retryable',
    'not_retryable',
    'not_adoptable',
  ],
  unconfirmed: [
    'not_queued',
    'not_queued',
    'not_queued',
    'not_queued',
    'canceled',
    'may_bill_twice',
    'queued',
    'processing',
  ],
  processing: [
    'not_queued',
    'not_queued',
    'not_queued',
    'not_queued',
    'canceled',
    'not_retryable',
    'not_retryable',
    'not_adoptable',
  ],
  succeeded: [
    'not_queued',
    'not_queued',
    'not_queued',
    'not_queued',
    'not_cancelable',
    'not_retryable',
    'not_retryable',
    'not_adoptable',
  ],
  failed: [
    'not_queued',
    'not_queued',
    'not_queued',
    'not_queued',
    'not_cancelable',
    'queued',
    'queued',
    'not_adoptable',
  ],
  canceled: [
    'not_queued',
    'not_queued',
    'not_queued',
    'not_queued',
    'already_canceled',
    'may_bill_twice',
    'queued',
    'not_adoptable',
  ],
};

describe('every job status × everything that happens to its attempt', () => {
  const cells = JOB_STATUSES.flatMap((status) =>
    ATTEMPT_EVENT_TYPES.map((type, column) => [status, type, BY_ATTEMPT[status][column]] as const),
  );
  test.each(cells)('%s, attempt %s → %s', (status, type, expected) => {
    expect(outcomeOf(decide(JOBS[status], happened(type), LATER))).toBe(expected);
  });
});

describe('every job status × everything that callers and the clock do', () => {
  const cells = JOB_STATUSES.flatMap((status) =>
    Object.keys(OTHER_EVENTS).map((name, column) => [status, name, BY_OTHERS[status][column]] as const),
  );
  test.each(cells)('%s, %s → %s', (status, name, expected) => {
    const event = OTHER_EVENTS[name];
    expect(event === undefined ? null : outcomeOf(decide(JOBS[status], event, LATER))).toBe(expected);
  });
});

test.each(JOB_STATUSES)('%s: an attempt of another job is refused', (status) => {
  expect(outcomeOf(decide(JOBS[status], happened('accepted', 9), LATER))).toBe('unknown_attempt');
});

describe('nothing is billed twice', () => {
  test.each(['sending', 'unknown', 'accepted', 'given_up'] as const)(
    'a retry needs mayBillTwice while an earlier attempt is %s',
    (state) => {
      const job = jobIn('failed', [state, 'refused']);
      expect(outcomeOf(decide(job, { type: 'retried-by-client', mayBillTwice: false }, LATER))).toBe(
        'may_bill_twice',
      );
      expect(outcomeOf(decide(job, { type: 'retried-by-client', mayBillTwice: true }, LATER))).toBe('queued');
    },
  );
  test.each(['refused', 'deferred', 'never_sent', 'disproved', 'ended_failed'] as const)(
    'a retry is free after an attempt that is %s',
    (state) => {
      const job = jobIn('failed', [state]);
      expect(outcomeOf(decide(job, { type: 'retried-by-client', mayBillTwice: false }, LATER))).toBe(
        'queued',
      );
    },
  );
  test('a canceled job that has its images cannot be retried', () => {
    const job = jobIn('canceled', ['ended_succeeded']);
    expect(outcomeOf(decide(job, { type: 'retried-by-client', mayBillTwice: true }, LATER))).toBe(
      'not_retryable',
    );
  });
  test('a deleted job is neither retried nor adopted, and a late success of it counts', () => {
    const job = { ...jobIn('failed', ['given_up']), deletedAt: START };
    expect(outcomeOf(decide(job, { type: 'retried-by-client', mayBillTwice: true }, LATER))).toBe(
      'not_retryable',
    );
    expect(outcomeOf(decide(job, { type: 'adopted-by-client', taskId: '7' }, LATER))).toBe('not_adoptable');
    expect(outcomeOf(decide(job, happened('succeeded'), LATER))).toBe('succeeded');
  });
  test.each(['accepted', 'progressed'] as const)(
    'proof of an older attempt (%s) withdraws a resubmit that is not sent yet',
    (type) => {
      const job = jobAfter(jobIn('queued', ['given_up']), happened(type));
      expect(job).toMatchObject({ status: 'processing', currentAttemptId: 'att_1' });
    },
  );
  test.each(['deferred', 'never-sent', 'refused', 'unanswered'] as const)(
    'after proof of an older attempt, a newer one that comes to nothing (%s) is not sent again',
    (type) => {
      const job = jobAfter(
        jobIn('submitting', ['disproved', 'sending']),
        happened('accepted', 1),
        happened(type, 2),
      );
      expect(job).toMatchObject({ status: 'processing', currentAttemptId: 'att_1' });
    },
  );
  const nothingCame = ['deferred', 'never-sent', 'disproved'] as const;
  const comesToNothing = (type: (typeof nothingCame)[number]): JobEvent[] =>
    type === 'disproved' ? [happened('unanswered', 2), happened(type, 2)] : [happened(type, 2)];

  test.each(nothingCame)(
    'nor when the proven one was given up before the newer came to nothing (%s): the job fails in either order',
    (type) => {
      const proven = jobAfter(jobIn('submitting', ['disproved', 'sending']), happened('accepted', 1));
      const first = jobAfter(proven, happened('given-up', 1), ...comesToNothing(type));
      const last = jobAfter(proven, ...comesToNothing(type), happened('given-up', 1));
      expect(first).toMatchObject({ status: 'failed', error: { code: 'deadline_exceeded' } });
      expect([last.status, last.error]).toEqual([first.status, first.error]);
    },
  );
  test.each(nothingCame)(
    'a submit that a person asked for beside a given-up one is sent again after it came to nothing (%s)',
    (type) => {
      expect(jobAfter(jobIn('submitting', ['given_up', 'sending']), ...comesToNothing(type)).status).toBe(
        'queued',
      );
      const accepted = { ...attemptIn('accepted'), answeredAt: START };
      const job = jobIn('submitting', ['accepted', 'sending']);
      const beside = { ...job, attempts: [accepted, ...job.attempts.slice(1)] };
      expect(jobAfter(beside, happened('given-up', 1), ...comesToNothing(type)).status).toBe('queued');
    },
  );
});

describe('a task that a person found', () => {
  const adopted: JobEvent = { type: 'adopted-by-client', taskId: 'found' };
  test.each([
    ['unknown', 'unconfirmed', 'processing'],
    ['given_up', 'failed', 'failed'],
    ['given_up', 'canceled', 'canceled'],
    ['given_up', 'queued', 'processing'],
    ['disproved', 'queued', 'processing'],
    ['refused', 'failed', 'failed'],
    ['deferred', 'queued', 'processing'],
    ['never_sent', 'queued', 'processing'],
  ] as const)(
    'makes an attempt that is %s accepted, and its job in %s is then %s',
    (state, before, after) => {
      const job = jobAfter(jobIn(before, [state]), adopted);
      expect(job.status).toBe(after);
      expect(job.attempts[0]).toMatchObject({
        state: 'accepted',
        providerTaskId: 'found',
        provisional: true,
        imagesBilled: 1,
      });
    },
  );
  test.each(['sending', 'accepted', 'ended_succeeded', 'ended_failed'] as const)(
    'is refused for an attempt that is %s: it has its task, or its answer is still to come',
    (state) => {
      expect(outcomeOf(decide(jobIn('processing', [state]), adopted, LATER))).toBe('not_adoptable');
    },
  );
  test('is refused where nothing was submitted', () => {
    expect(outcomeOf(decide(jobIn('queued', []), adopted, LATER))).toBe('not_adoptable');
  });
  test.each([
    [['unknown', 'given_up'], 'att_2'],
    [['given_up', 'accepted'], 'att_1'],
    [['given_up', 'sending'], 'att_1'],
    [['given_up', 'deferred'], 'att_1'],
    [['deferred', 'never_sent'], 'att_2'],
  ] as const)('belongs, of attempts that are %j, to %s', (states, id) => {
    const job = jobAfter(jobIn('failed', states), adopted);
    expect(job.attempts.find((attempt) => attempt.providerTaskId === 'found')?.id).toBe(id);
  });
  test('overrides a task that was only inferred', () => {
    const inferred = jobIn('processing', ['accepted']);
    const attempts = inferred.attempts.map((attempt) => ({ ...attempt, provisional: true }));
    expect(jobAfter({ ...inferred, attempts }, adopted).attempts[0]).toMatchObject({
      providerTaskId: 'found',
      provisional: true,
    });
  });
  test('leaves a failed job failed until its images come, which revive it', () => {
    const job = jobAfter(jobIn('failed', ['given_up']), adopted);
    expect(job.error).toEqual(FAILURE);
    const images = { type: 'succeeded', taskId: 'found', images: IMAGES } as const;
    const end = decide(job, { type: 'attempt', attemptId: 'att_1', event: images }, LATER);
    expect(end).toMatchObject({ job: { status: 'succeeded', error: null } });
    expect(end.kind === 'changed' && end.facts.at(-1)?.data).toMatchObject({ revived: true });
  });
  test('adopted twice is known already; that of another attempt of the job is refused', () => {
    const job = jobAfter(jobIn('unconfirmed', ['unknown']), adopted);
    expect(outcomeOf(decide(job, adopted, LATER))).toBe('already_adopted');
    const ended = jobIn('failed', ['ended_failed', 'given_up']);
    const again: JobEvent = { type: 'adopted-by-client', taskId: 'task-1' };
    expect(outcomeOf(decide(ended, again, LATER))).toBe('not_adoptable');
  });
  const provisional = (state: AttemptState, status: JobStatus): Job => {
    const job = jobIn(status, [state]);
    return { ...job, attempts: job.attempts.map((attempt) => ({ ...attempt, provisional: true })) };
  };
  test('by a wrong number gives way to the right one, and to a callback of the real one', () => {
    const wrong = jobAfter(jobIn('unconfirmed', ['unknown']), { ...adopted, taskId: 'wrong' });
    expect(jobAfter(wrong, adopted).attempts[0]).toMatchObject({ providerTaskId: 'found' });
    expect(jobAfter(wrong, happened('succeeded'))).toMatchObject({
      status: 'succeeded',
      attempts: [{ providerTaskId: 'task-1', provisional: false }],
    });
  });
  test('and that failed closes nothing: the right one can still be named, or prove itself', () => {
    const failed = provisional('ended_failed', 'failed');
    for (const event of [adopted, { ...happened('accepted'), event: accepted('task-2') }]) {
      const job = jobAfter(failed, event);
      expect([job.status, job.attempts[0]?.state]).toEqual(['failed', 'accepted']);
    }
    expect(outcomeOf(decide(failed, { ...adopted, taskId: 'task-1' }, LATER))).toBe('not_adoptable');
  });
  test('and that failed does not open a retry that could be billed twice', () => {
    const failed = provisional('ended_failed', 'failed');
    const retried = { type: 'retried-by-client', mayBillTwice: false } as const;
    expect(outcomeOf(decide(failed, retried, LATER))).toBe('may_bill_twice');
  });
  test.each([
    [true, 'unconfirmed'],
    [false, 'processing'],
  ] as const)('and is not its own (another’s: %s) leaves the job open: %s', (ownedByAnother, status) => {
    const event = { type: 'disowned', taskId: 'task-1', ownedByAnother, by: 'owner' } as const;
    const decision = decide(provisional('accepted', 'processing'), { ...happened('disowned'), event }, LATER);
    expect(outcomeOf(decision)).toBe(status);
    expect(decision.kind === 'changed' && decision.facts[0]).toMatchObject({
      kind: 'attempt.disowned',
      data: { by: 'owner', providerTaskId: null, disownedTaskId: 'task-1' },
    });
  });
  test('taken back while the job waits to be sent beside it withdraws nothing', () => {
    const event = { type: 'disowned', taskId: 'task-1', ownedByAnother: false } as const;
    const job = jobAfter(provisional('accepted', 'queued'), { ...happened('disowned'), event });
    expect([job.status, job.attempts[0]?.providerTaskId]).toEqual(['queued', null]);
  });
  const accepted = (taskId: string) => ({ type: 'accepted', taskId, provisional: false }) as const;

  test('stands in the timeline before what follows from it', () => {
    const decision = decide(jobIn('unconfirmed', ['unknown']), adopted, LATER);
    expect(decision.kind === 'changed' && decision.facts.map((fact) => fact.kind)).toEqual([
      'try_on.adopted',
      'attempt.accepted',
      'try_on.processing',
    ]);
  });
});

describe('an answer that was held back while its sender was taken for dead', () => {
  test.each([
    ['deferred', 'queued'],
    ['never-sent', 'queued'],
    ['refused', 'failed'],
  ] as const)('settles the attempt as it would have in time: %s → %s', (type, status) => {
    const job = jobAfter(jobIn('submitting', ['sending']), happened('unanswered'), happened(type));
    expect(job.status).toBe(status);
  });
});

describe('the submits of a job that never arrived', () => {
  const lost = (job: Job, number: number): Job => {
    const started: JobEvent = {
      type: 'submission-started',
      attempt: { ...attemptIn('sending', number), sentAt: LATER },
    };
    const disproved = { ...happened('disproved', number), submitAttemptsMax: 2 };
    return jobAfter(job, started, happened('unanswered', number), disproved);
  };
  test('are counted anew after a client’s retry', () => {
    const exhausted = lost(jobIn('queued', ['disproved']), 2);
    expect(exhausted).toMatchObject({ status: 'failed', error: { code: 'attempts_exhausted' } });
    const retried = jobAfter(exhausted, { type: 'retried-by-client', mayBillTwice: false });
    const aged = { ...retried, attempts: retried.attempts.map((one) => ({ ...one, sentAt: START })) };
    const again = lost(aged, 3);
    expect(again.status).toBe('queued');
    expect(lost(again, 4).error?.code).toBe('attempts_exhausted');
  });
});

test.each([
  [
    { type: 'deferred', by: 'answer', reason: '429' },
    { by: 'answer', reason: '429' },
  ],
  [{ type: 'unanswered', by: 'silence' }, { by: 'silence' }],
  [{ type: 'progressed', taskId: null, by: 'callback' }, { by: 'callback' }],
] as const)('the timeline tells what decided, and why: %j', (event, data) => {
  const decision = decide(JOBS.submitting, { type: 'attempt', attemptId: 'att_1', event }, LATER);
  expect(decision.kind === 'changed' && decision.facts[0]?.data).toMatchObject(data);
});

describe('a job waits for every task that may still bring images', () => {
  test.each([
    ['accepted', 'processing'],
    ['unknown', 'unconfirmed'],
    ['sending', 'submitting'],
  ] as const)('its current attempt fails while another is %s → %s', (other, status) => {
    const job = jobAfter(jobIn('processing', [other, 'accepted']), happened('failed', 2));
    expect(job).toMatchObject({ status, currentAttemptId: 'att_1', error: null });
  });
  test('it fails once the last open one has failed', () => {
    const job = jobAfter(
      jobIn('processing', ['accepted', 'accepted']),
      happened('failed', 2),
      happened('failed', 1),
    );
    expect(job).toMatchObject({ status: 'failed', error: FAILURE, finishedAt: LATER });
  });
  test('the failure of an older attempt leaves the current one in charge', () => {
    const job = jobAfter(jobIn('unconfirmed', ['accepted', 'unknown']), happened('failed', 1));
    expect(job).toMatchObject({ status: 'unconfirmed', currentAttemptId: 'att_2' });
  });
  test.each(JOB_STATUSES.filter((status) => status !== 'canceled'))(
    'any attempt that succeeds makes a job in %s succeed',
    (status) => {
      const job = jobIn(status, ['given_up', status === 'succeeded' ? 'ended_succeeded' : 'sending']);
      expect(jobAfter(job, happened('succeeded', 1))).toMatchObject({ status: 'succeeded' });
    },
  );
  test('images that come after a cancel are kept, and the job stays canceled', () => {
    const job = jobAfter(JOBS.canceled, happened('succeeded'));
    expect(job.status).toBe('canceled');
    expect(job.attempts[0]).toMatchObject({ state: 'ended_succeeded', images: IMAGES });
  });
  test('a success that revives a failed job clears its error and says so', () => {
    const decision = decide(jobIn('failed', ['given_up']), happened('succeeded'), LATER);
    expect(decision).toMatchObject({
      kind: 'changed',
      job: { status: 'succeeded', error: null, finishedAt: LATER },
    });
    expect(decision.kind === 'changed' && decision.facts.at(-1)?.data).toMatchObject({
      from: 'failed',
      revived: true,
    });
  });
});

describe('how a job fails', () => {
  test('a deadline of a task that the provider had is deadline_exceeded', () => {
    expect(jobAfter(JOBS.processing, happened('given-up')).error?.code).toBe('deadline_exceeded');
  });
  test('a deadline of a submit of which nothing is known is submission_unconfirmed', () => {
    expect(jobAfter(JOBS.unconfirmed, happened('given-up')).error?.code).toBe('submission_unconfirmed');
  });
  test('a deadline after a refusal that was taken back does not show the refusal', () => {
    const job = jobAfter(jobIn('submitting', ['sending']), happened('accepted'), happened('given-up'));
    expect(job.error?.code).toBe('deadline_exceeded');
  });
  test.each([
    ['expired', 'expired'],
    ['account-removed', 'account_removed'],
  ] as const)('%s → %s', (type, code) => {
    expect(jobAfter(jobIn('queued', []), { type }).error?.code).toBe(code);
  });
  test('an image that cannot be used is invalid_input, with its field, before anything is sent', () => {
    const message = 'humanImage: the server answers 404';
    const { error, attempts } = jobAfter(jobIn('queued', []), { type: 'input-refused', message });
    expect(error).toEqual({ code: 'invalid_input', message, providerStatus: null, providerMessage: null });
    expect(attempts).toEqual([]);
  });
  test('only disproved submits use up its attempts', () => {
    const disproved = { ...happened('disproved', 3), submitAttemptsMax: 2 };
    const deferredBefore = jobIn('unconfirmed', ['deferred', 'never_sent', 'unknown']);
    expect(jobAfter(deferredBefore, disproved).status).toBe('queued');
    const disprovedBefore = jobIn('unconfirmed', ['disproved', 'deferred', 'unknown']);
    expect(jobAfter(disprovedBefore, disproved).error?.code).toBe('attempts_exhausted');
  });
});

describe('times', () => {
  test.each([
    ['deferred', 1_000],
    ['never-sent', 1_000],
  ] as const)('a job whose attempt was %s is due again after %i ms, so that it does not spin', (type, ms) => {
    const { dueAt } = jobAfter(JOBS.submitting, happened(type));
    expect(dueAt.getTime() - LATER.getTime()).toBe(ms);
  });
  test('a job whose attempt was disproved is due at once', () => {
    expect(jobAfter(JOBS.unconfirmed, happened('disproved')).dueAt).toEqual(LATER);
  });
  test.each(ATTEMPT_STATES)('expiresAt ends a queued job unless it was submitted: %s', (state) => {
    const reached = (REACHED_PROVIDER_STATES as readonly string[]).includes(state);
    const outcome = outcomeOf(decide(jobIn('queued', [state, 'deferred']), { type: 'expired' }, LATER));
    expect(outcome).toBe(reached ? 'already_submitted' : 'failed');
  });
  test('submittedAt is the first submit that may have reached the provider, and null while all were deferred', () => {
    const sent = jobAfter(jobIn('queued', []), { type: 'submission-started', attempt: attemptIn('sending') });
    expect(sent.submittedAt).toEqual(START);
    const deferred = jobAfter(sent, happened('deferred'));
    expect(deferred.submittedAt).toBeNull();
    const again = { ...attemptIn('sending', 2), sentAt: LATER };
    expect(jobAfter(deferred, { type: 'submission-started', attempt: again }).submittedAt).toEqual(LATER);
  });
  test('statusSince changes with the status only', () => {
    expect(jobAfter(JOBS.submitting, happened('accepted')).statusSince).toEqual(LATER);
    expect(jobAfter(JOBS.canceled, happened('succeeded')).statusSince).toEqual(START);
  });
  test('a retry clears error and end, and is due at once', () => {
    const job = jobAfter(JOBS.failed, { type: 'retried-by-client', mayBillTwice: false });
    expect(job).toMatchObject({ error: null, finishedAt: null, dueAt: LATER });
  });
});

describe('facts for the timeline', () => {
  test('one for the attempt and one for the job, each with where it came from', () => {
    const decision = decide(JOBS.submitting, happened('accepted'), LATER);
    expect(decision.kind === 'changed' && decision.facts).toEqual([
      {
        kind: 'attempt.accepted',
        attemptId: 'att_1',
        data: { from: 'sending', to: 'accepted', providerTaskId: 'task-1' },
      },
      { kind: 'try_on.processing', attemptId: 'att_1', data: { from: 'submitting' } },
    ]);
  });
  test('a job that keeps its status tells of the attempt alone', () => {
    const decision = decide(JOBS.canceled, happened('failed'), LATER);
    expect(decision.kind === 'changed' && decision.facts.map((fact) => fact.kind)).toEqual([
      'attempt.failed',
    ]);
  });
});
