import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, type Job, type JobFact } from '../src/index.js';
import { ACCOUNTS, anyStep, many, newJob, second, stepTo } from './lives.js';

/** Steps of many jobs at once; `insert` brings the next one. */
const fleetStep = fc.oneof(
  { weight: 1, arbitrary: fc.constant('insert' as const) },
  { weight: 12, arbitrary: fc.record({ which: fc.nat(7), step: anyStep }) },
);
const fleet = many(fleetStep, 120);
type FleetStep = typeof fleetStep extends fc.Arbitrary<infer Value> ? Value : never;

interface Scene {
  readonly jobs: readonly Job[];
  readonly facts: readonly JobFact[];
  /** What was done: the event's type. */
  readonly cause: string;
}

/** Lets the steps happen, and shows the rows after each, with the events that were recorded for it. */
function* run(steps: readonly FleetStep[]): Generator<Scene> {
  const jobs: Job[] = [];
  for (const [index, step] of steps.entries()) {
    const now = second(index);
    if (step === 'insert') {
      jobs.push(newJob(`try_${jobs.length + 1}`, now));
      yield { jobs, facts: [{ kind: 'try_on.queued', attemptId: null, data: {} }], cause: 'insert' };
      continue;
    }
    const place = step.which % Math.max(1, jobs.length);
    const job = jobs[place];
    if (job === undefined) continue;
    const event = stepTo(job, step.step, now);
    const decision = decide(job, event, now);
    if (decision.kind === 'changed') jobs[place] = decision.job;
    const facts = decision.kind === 'changed' ? decision.facts : [];
    yield { jobs, facts, cause: event.type };
  }
}

/** Where a row is by its status, or by the event that tells of it. */
const PLACE: Record<string, 'queued' | 'open' | 'final'> = {
  queued: 'queued',
  submitted: 'open',
  submitting: 'open',
  unconfirmed: 'open',
  processing: 'open',
  succeeded: 'final',
  failed: 'final',
  canceled: 'final',
};

function placeOf(status: unknown): 'queued' | 'open' | 'final' {
  const place = PLACE[String(status)];
  if (place === undefined) throw new Error(`a status without a place: ${status}`);
  return place;
}

describe('over any lives of many jobs, at every step', () => {
  test('rows = queued + open + final: what the events move out of one place arrives in another', () => {
    const holds = fc.property(fleet, (steps) => {
      const moved = { queued: 0, open: 0, final: 0 };
      let inserted = 0;
      for (const { jobs, facts, cause } of run(steps)) {
        if (cause === 'insert') inserted += 1;
        for (const { kind, data } of facts.filter((fact) => /^try_on\.(?!adopted)/.test(fact.kind))) {
          if (data.from !== undefined) moved[placeOf(data.from)] -= 1;
          moved[placeOf(kind.slice('try_on.'.length))] += 1;
        }
        const counted = { queued: 0, open: 0, final: 0 };
        for (const job of jobs) counted[placeOf(job.status)] += 1;
        expect(counted).toEqual(moved);
        expect(counted.queued + counted.open + counted.final).toBe(inserted);
      }
    });
    fc.assert(holds, { numRuns: 100 });
  });

  test('slots held = attempts open: each is taken by a submit or a proof, and given back once, whatever became of the job', () => {
    const holds = fc.property(fleet, (steps) => {
      const held = new Map(ACCOUNTS.map((account) => [account as string, new Set<string>()]));
      for (const { jobs, facts, cause } of run(steps)) {
        for (const fact of facts) keepBooks(held, jobs, fact, cause);
        for (const account of ACCOUNTS)
          expect(openOf(jobs, account)).toEqual([...(held.get(account) ?? [])].sort());
        for (const job of jobs.filter((one) => placeOf(one.status) === 'open'))
          expect(job.attempts.filter(isOpen).map((one) => one.id)).toContain(job.currentAttemptId);
      }
    });
    fc.assert(holds, { numRuns: 100 });
  });
});

const OPEN = ['sending', 'unknown', 'accepted'];

function isOpen(attempt: { readonly state: string }): boolean {
  return OPEN.includes(attempt.state);
}

function openOf(jobs: readonly Job[], account: string): string[] {
  const attempts = jobs.flatMap((job) => job.attempts).filter((one) => one.account === account);
  return attempts
    .filter(isOpen)
    .map((one) => one.id)
    .sort();
}

/** Takes and gives back slots by the events alone; what is done to a job without its attempts moves none. */
function keepBooks(
  held: ReadonlyMap<string, Set<string>>,
  jobs: readonly Job[],
  { kind, attemptId, data }: JobFact,
  cause: string,
): void {
  const attempt = jobs.flatMap((job) => job.attempts).find((one) => one.id === attemptId);
  const slots = held.get(attempt?.account ?? '');
  if (attemptId === null || slots === undefined) return;
  if (cause === 'submission-started') {
    expect(slots).not.toContain(attemptId);
    slots.add(attemptId);
  }
  if (!kind.startsWith('attempt.')) return;
  expect(slots.has(attemptId)).toBe(OPEN.includes(String(data.from)));
  if (OPEN.includes(String(data.to))) slots.add(attemptId);
  else slots.delete(attemptId);
}
