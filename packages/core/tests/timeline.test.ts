import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Job, JobFact } from '../src/index.js';
import { anyStep, live, many, newJob, second } from './lives.js';

/** A job as its timeline tells it. Not told: what was asked for, the images, and words about a failure. */
interface Told {
  readonly status: string;
  readonly since: Date;
  readonly errorCode: unknown;
  readonly finishedAt: Date | null;
  /** The attempt that the job waits for, or that decided. */
  readonly current: string | null;
  readonly attempts: readonly ToldAttempt[];
}

interface ToldAttempt {
  readonly id: string | null;
  readonly sentAt: Date;
  readonly state: unknown;
  readonly since: Date;
  readonly task: unknown;
}

const FINAL = ['succeeded', 'failed', 'canceled'];
const OPEN_JOB = ['submitting', 'unconfirmed', 'processing'];
const OPEN_ATTEMPT = ['sending', 'unknown', 'accepted'];
const NEVER_REACHED = ['deferred', 'never_sent'];

/** A line between the events that changes nothing, as the watch writes them. */
const NOTE: JobFact = { kind: 'attempt.polled', attemptId: 'try_1/1', data: { result: 'processing' } };

/** A second reading of the events, without the core: only whom a job waits for has to be concluded from them. */
function retell(told: Told, { kind, attemptId, data }: JobFact, at: Date): Told {
  const [subject, verb = ''] = kind.split('.');
  if (subject === 'attempt') return waitForOpen(retellAttempt(told, attemptId, data, at));
  const status = verb === 'submitted' ? 'submitting' : verb;
  if (subject !== 'try_on' || ![...FINAL, ...OPEN_JOB, 'queued'].includes(status)) return told;
  const sent = { id: attemptId, sentAt: at, state: 'sending', since: at, task: null };
  return {
    status,
    since: at,
    errorCode: status === 'failed' ? data.code : null,
    finishedAt: FINAL.includes(status) ? at : null,
    current: attemptId,
    attempts: verb === 'submitted' && !isKnown(told, attemptId) ? [...told.attempts, sent] : told.attempts,
  };
}

function isKnown(told: Told, id: string | null): boolean {
  return told.attempts.some((one) => one.id === id);
}

function retellAttempt(told: Told, id: string | null, data: JobFact['data'], at: Date): Told {
  const { from, to, providerTaskId: task } = data;
  if (to === undefined) return told;
  const attempts = told.attempts.map((one) =>
    one.id === id ? { ...one, state: to, since: from === to ? one.since : at, task } : one,
  );
  const isProof = to === 'accepted' && OPEN_JOB.includes(told.status);
  return { ...told, attempts, current: isProof ? id : told.current };
}

/** A job that goes on without a word waits for the oldest of its attempts that are still open. */
function waitForOpen(told: Told): Told {
  const current = told.attempts.find((one) => one.id === told.current);
  const open = told.attempts.find((one) => OPEN_ATTEMPT.includes(String(one.state)));
  const goesOn = OPEN_JOB.includes(told.status) && !OPEN_ATTEMPT.includes(String(current?.state));
  return goesOn && open !== undefined ? { ...told, current: open.id } : told;
}

/** What the rows of a job and its attempts show of the same. */
function shown(job: Job): Told & { submittedAt: Date | null } {
  return {
    status: job.status,
    since: job.statusSince,
    errorCode: job.error?.code ?? null,
    finishedAt: job.finishedAt,
    submittedAt: job.submittedAt,
    current: job.currentAttemptId,
    attempts: job.attempts.map(({ id, sentAt, state, stateSince: since, providerTaskId: task }) => {
      return { id, sentAt, state, since, task };
    }),
  };
}

function submittedAt({ attempts }: Told): Date | null {
  return attempts.find((one) => !NEVER_REACHED.includes(String(one.state)))?.sentAt ?? null;
}

test('at every moment of any life, the timeline so far rebuilds the job and its attempts as their rows show them', () => {
  const kinds = new Set<string>();
  const holds = fc.property(many(anyStep), (steps) => {
    // The first event is written with the row itself.
    const inserted: JobFact = { kind: 'try_on.queued', attemptId: null, data: {} };
    const { submittedAt: _, ...nothing } = shown(newJob('try_1'));
    let told = retell(nothing, inserted, second(0));
    for (const { decision, job, now } of live(steps)) {
      const facts = decision.kind === 'changed' ? decision.facts : [];
      for (const fact of facts) kinds.add(fact.kind);
      told = [NOTE, ...facts].reduce((before, fact) => retell(before, fact, now), told);
      expect({ ...told, submittedAt: submittedAt(told) }).toEqual(shown(job));
    }
  });
  fc.assert(holds, { numRuns: 400 });
  expect([...kinds].filter((kind) => kind.startsWith('attempt.'))).toHaveLength(10);
  expect([...kinds].filter((kind) => kind.startsWith('try_on.'))).toHaveLength(8);
});
