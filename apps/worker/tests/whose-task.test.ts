import type { AttemptEvent } from '@catwalk/core';
import { type ClaimedJob, judgeJob, readTimeline } from '@catwalk/infra/postgres';
import { callbackAddress } from '@catwalk/provider';
import { anna, eventually, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WorkerContext } from '../src/index.js';
import { lookAtTasks } from '../src/look-at-tasks.js';
import { recordOutcome } from '../src/record-outcome.js';
import { rescue } from '../src/rescue.js';
import { watchScheduler } from '../src/watch-scheduler.js';
import { createStage, endContext, jobOf, type Stage, untilAll } from './start-stage.js';

const stageOf = createStage(undefined);
let stage: Stage;
let context: WorkerContext;
beforeEach(async () => {
  stage = await stageOf();
  await stage.reset();
  await seedAccounts(stage.db, { [anna]: 5 });
  context = await stage.context();
});
afterEach(() => endContext(context));

async function claimed(): Promise<ClaimedJob> {
  const [job] = await startAttempts(stage.db, await seedTryOns(stage.db, 1));
  if (job === undefined) throw new Error('a job was asked for');
  return job;
}

const tell = ({ jobId, attemptId }: ClaimedJob, event: AttemptEvent) =>
  judgeJob(stage.db, { jobId, actor: 'test', event: { type: 'attempt', attemptId, event } });

const accepted = (taskId: string): AttemptEvent => ({ type: 'accepted', taskId, provisional: false });

const attemptOf = ({ attemptId }: ClaimedJob) =>
  stage.db.prisma.attempt.findUniqueOrThrow({ where: { id: attemptId } });

const factsOf = async (job: ClaimedJob, kind: string) => {
  const facts = await stage.db.prisma.event.findMany({ where: { tryOnId: job.jobId, kind } });
  return facts.map((fact) => fact.data);
};

/** A submit that arrived, and of which nobody heard. */
async function submitted(): Promise<{ job: ClaimedJob; taskId: string }> {
  const job = await claimed();
  const { outcome } = await context.provider.submit({
    ...job.request,
    email: anna,
    replyUrl: null,
    replyRef: job.replyRef,
  });
  if (outcome.kind !== 'accepted') throw new Error('the submit was not accepted');
  await tell(job, { type: 'unanswered' });
  return { job, taskId: outcome.taskId };
}

describe('a task of which another attempt proves to be the owner', () => {
  it('is taken back from the attempt that only seemed to have it, which is searched for again', async () => {
    const [job, owner] = [await claimed(), await claimed()];
    await tell(job, { type: 'unanswered' });
    await tell(job, { type: 'accepted', taskId: '71', provisional: true });
    await tell(owner, accepted('71'));

    await rescue(context);

    expect(await attemptOf(job)).toMatchObject({ state: 'unknown', providerTaskId: null });
    expect(await attemptOf(owner)).toMatchObject({ state: 'accepted', providerTaskId: '71' });
    expect((await jobOf(stage, job.jobId)).status).toBe('unconfirmed');
    expect(await factsOf(job, 'attempt.disowned')).toMatchObject([{ by: 'owner', disownedTaskId: '71' }]);
  });

  it('named in an answer leaves the submit accepted without a task, and the timeline says so once', async () => {
    const [job, owner] = [await claimed(), await claimed()];
    await tell(owner, accepted('72'));

    await recordOutcome(context, job, { kind: 'accepted', taskId: '72' }, { status: 200 }, 1);

    expect(await attemptOf(job)).toMatchObject({
      state: 'accepted',
      providerTaskId: null,
      exchange: { status: 200 },
    });
    expect(await factsOf(job, 'attempt.conflicted')).toEqual([{ providerTaskId: '72', by: 'answer' }]);
    expect(await attemptOf(owner)).toMatchObject({ providerTaskId: '72' });
  });

  it('listed by the scheduler for an attempt that is known to be another is told once, and stops nothing', async () => {
    stage.simulator.turnDials({ delayMs: 60_000 });
    const { job, taskId } = await submitted();
    await tell(job, accepted('73'));
    for (let look = 0; look < 2; look += 1) {
      await stage.db.prisma.lease.deleteMany();
      await watchScheduler(context);
    }
    expect(await attemptOf(job)).toMatchObject({ state: 'accepted', providerTaskId: '73' });
    expect(await factsOf(job, 'attempt.conflicted')).toEqual([{ providerTaskId: taskId, by: 'scheduler' }]);
  });
});

describe('a callback that names another task than its attempt is known to have', () => {
  /** Calls back as the provider does, by the address that was signed for the attempt. */
  async function callBack({ replyRef }: ClaimedJob, taskId: string): Promise<number> {
    const { publicWebhookUrl, mode, callbackSecrets } = context.config;
    const address = callbackAddress(publicWebhookUrl ?? '', mode, replyRef, callbackSecrets[0] ?? '');
    const works = [{ resource: { resource: 'https://cdn.example/of-another.png' } }];
    const body = { task: { id: Number(taskId) }, works, status_name: 'succeed', status_final: true };
    const headers = { 'content-type': 'application/json' };
    return (await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  }

  it('has the provider asked about its own task, whose answer is applied; the timeline tells both', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1 });
    const { job, taskId } = await submitted();
    await tell(job, accepted(taskId));

    expect(await callBack(job, '74')).toBe(200);
    expect((await jobOf(stage, job.jobId)).status).toBe('processing');
    await lookAtTasks(context);

    const { status, attempts, urls } = await jobOf(stage, job.jobId);
    expect([status, attempts[0]?.providerTaskId]).toEqual(['succeeded', taskId]);
    expect(urls).toEqual([expect.stringContaining(stage.url)]);
    const { rows } = await readTimeline(stage.db, job.jobId, { after: null, limit: 50 });
    const told = rows.map(({ kind, data }) => [kind, data.decision ?? data.by ?? null]);
    expect(told.slice(-3)).toEqual([
      ['callback.received', 'conflicting'],
      ['attempt.succeeded', 'poll'],
      ['try_on.succeeded', null],
    ]);
  });
});

describe('a task that a person named, and that is not at the provider', () => {
  it('neither ends the job nor shuts out its own, which the scheduler shows', async () => {
    stage.simulator.turnDials({ delayMs: 60_000, schedulerBroken: true, listingRewritesInputs: true });
    const { job, taskId } = await submitted();
    const { jobId } = job;
    await judgeJob(stage.db, { jobId, actor: 'anna', event: { type: 'adopted-by-client', taskId: '999' } });
    await runSql(stage.db.url, `UPDATE catwalk.attempt SET next_check_at = now()`);
    await stage.startWorker();

    await eventually(async () =>
      expect(await attemptOf(job)).toMatchObject({ state: 'accepted', providerTaskId: null }),
    );
    expect(await jobOf(stage, jobId)).toMatchObject({ status: 'processing' });
    expect(await factsOf(job, 'attempt.disowned')).toMatchObject([{ by: 'poll', disownedTaskId: '999' }]);
    stage.simulator.turnDials({ schedulerBroken: false });
    await eventually(async () =>
      expect(await attemptOf(job)).toMatchObject({ providerTaskId: taskId, provisional: false }),
    );
  });
});

describe('a submit that was accepted by a word that named no task', () => {
  it('is given its task by the listing, though its callback is lost', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1 });
    const { job, taskId } = await submitted();
    await tell(job, { type: 'progressed', taskId: null });
    await stage.startWorker();

    await untilAll(stage, [job.jobId], 'succeeded');
    expect(await attemptOf(job)).toMatchObject({ providerTaskId: taskId });
  });

  it('of which no trace is found ends at its deadline, and is not sent again', async () => {
    const job = await claimed();
    await tell(job, { type: 'progressed', taskId: null });
    await runSql(stage.db.url, `UPDATE catwalk.attempt SET deadline_at = now() + interval '1 second'`);
    await stage.startWorker();

    await untilAll(stage, [job.jobId], 'failed');
    expect(await jobOf(stage, job.jobId)).toMatchObject({
      states: ['given_up'],
      error: { code: 'deadline_exceeded' },
    });
  });
});

it('a deferral that could not be written before its sender was taken for dead sends the job again', async () => {
  const job = await claimed();
  await tell(job, { type: 'unanswered', by: 'silence' });
  const deferral = {
    kind: 'deferred',
    because: 'busy',
    retryAfterMs: null,
    reason: 'full',
    providerStatus: 429,
  } as const;

  await recordOutcome(context, job, deferral, null, 1);

  expect(await jobOf(stage, job.jobId)).toMatchObject({ status: 'queued', states: ['deferred'] });
  expect(await factsOf(job, 'attempt.deferred')).toMatchObject([
    { from: 'unknown', by: 'answer', reason: 'full' },
  ]);
});
