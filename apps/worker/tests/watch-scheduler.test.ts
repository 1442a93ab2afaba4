import type { AttemptEvent } from '@catwalk/core';
import { judgeJob, listSlots } from '@catwalk/infra/postgres';
import { anna, eventually, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWorker, type WorkerContext } from '../src/index.js';
import { watchScheduler } from '../src/watch-scheduler.js';
import { createStage, endContext, jobOf, type Stage, untilAll } from './start-stage.js';

const stageOf = createStage(undefined);
let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
  await stage.reset();
  stage.lines.splice(0);
});

const judge = (job: { jobId: string; attemptId: string }, event: AttemptEvent) =>
  judgeJob(stage.db, {
    jobId: job.jobId,
    actor: 'worker',
    event: { type: 'attempt', attemptId: job.attemptId, event },
  });
const provenLate = (attemptId: string) =>
  stage.lines
    .filter((line) => line.includes('attempt.proven-late') && line.includes(attemptId))
    .map((line) => JSON.parse(line));
const free = async () => (await listSlots(stage.db.prisma, anna))[0]?.free;

describe('the look at the scheduler', () => {
  it('counts running tasks that are not ours against the account’s slots, until they end', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    stage.simulator.turnDials({ delayMs: 400 });
    const context = await stage.context({ POLL_INTERVAL_MS: '1' });
    const request = { humanImage: 'https://a.example/1', dressInput: 'https://a.example/2', imageCount: 1 };
    const theirs = { ...request, upperInput: null, lowerInput: null, email: anna, replyUrl: null };
    await context.provider.submit({ ...theirs, replyRef: 'of somebody else' });

    await watchScheduler(context);
    expect(await free()).toBe(4);
    await eventually(async () => {
      await watchScheduler(context);
      expect(await free()).toBe(5);
    });
    await endContext(context);
  });

  it('does not take a job for a stranger’s that was submitted while it looked', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    stage.simulator.turnDials({ delayMs: 60_000 });
    const context = await stage.context();
    const submitMeanwhile = async () => {
      const [job] = await startAttempts(stage.db, await seedTryOns(stage.db, 1));
      if (job === undefined) throw new Error('a job was asked for');
      const { outcome } = await context.provider.submit({
        ...job.request,
        email: anna,
        replyUrl: null,
        replyRef: job.replyRef,
      });
      const taskId = outcome.kind === 'accepted' ? outcome.taskId : '';
      const event = { type: 'accepted', taskId, provisional: false } as const;
      const attempt = { type: 'attempt', attemptId: job.attemptId, event } as const;
      await judgeJob(stage.db, { jobId: job.jobId, actor: 'worker', event: attempt });
      return context.provider.scheduler();
    };

    await watchScheduler({ ...context, provider: { ...context.provider, scheduler: submitMeanwhile } });

    expect(await free()).toBe(4);
    await endContext(context);
  });
});

describe('a running task that the scheduler lists under the replyRef of another attempt than has it', () => {
  it('keeps no other from being proven, counted, listed and searched for, and is not sent again', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    const context = await stage.context();
    const [owner, poisoned, other] = await startAttempts(stage.db, await seedTryOns(stage.db, 3));
    if (owner === undefined || poisoned === undefined || other === undefined) throw new Error('three');
    const accepted = { type: 'accepted', taskId: '777', provisional: false } as const;
    await judge(owner, accepted);
    await judge(poisoned, { type: 'unanswered' });
    await judge(other, { type: 'unanswered' });
    const running = [
      { taskId: '777', email: anna, replyRef: poisoned.replyRef },
      { taskId: '778', email: anna, replyRef: other.replyRef },
      { taskId: '900', email: anna, replyRef: 'of somebody else' },
    ];
    const scheduler = async () =>
      ({ kind: 'answered', value: running, status: 200, dateHeader: null }) as const;

    await watchScheduler({ ...context, provider: { ...context.provider, scheduler } });

    expect(await jobOf(stage, other.jobId)).toMatchObject({ status: 'processing' });
    expect(await free()).toBe(1);
    const row = await stage.db.prisma.attempt.findUniqueOrThrow({ where: { id: other.attemptId } });
    expect(row.listedAt).not.toBeNull();
    expect((await jobOf(stage, poisoned.jobId)).states).not.toContain('disproved');
    await endContext(context);
  });
});

describe('an answer that names the task of another attempt', () => {
  it('is an acceptance without a task, harms no other job, and does not keep the worker from stopping', async () => {
    const ids = await seedTryOns(stage.db, 5);
    const context = await stage.context();
    let submits = 0;
    const provider: WorkerContext['provider'] = {
      ...context.provider,
      submit: async () => {
        submits += 1;
        const outcome = { kind: 'accepted', taskId: submits <= 3 ? '777' : String(900 + submits) } as const;
        const exchange = {
          method: 'POST',
          path: '/',
          request: {},
          status: 200,
          answer: '',
          durationMs: 1,
        } as const;
        return { outcome, exchange: { ...exchange, errorName: null, errorCode: null } };
      },
      scheduler: async () => ({ kind: 'unanswered', status: null, reason: 'not asked' }),
      task: async () => ({ kind: 'unanswered', status: null, reason: 'not asked' }),
    };
    const worker = createWorker({ ...context, provider });
    await worker.start();

    await eventually(async () => {
      const jobs = await Promise.all(ids.map((id) => jobOf(stage, id)));
      expect(jobs.map((job) => job.status)).toEqual(Array(5).fill('processing'));
    });
    const told = () => stage.lines.filter((line) => line.includes('"attempt.conflicted"'));
    await eventually(() => expect(told()).toHaveLength(2));
    await worker.close();
    const tasks = (await stage.db.prisma.attempt.findMany()).map((attempt) => attempt.providerTaskId);
    expect(tasks.sort()).toEqual(['777', '904', '905', null, null]);
  });
});

describe('a scheduler that lists a task of an attempt we had closed', () => {
  it('proves it: the job that waits to be sent again is withdrawn from the queue', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    stage.simulator.turnDials({ delayMs: 2_500, lostCallbackRate: 1 });
    const ids = await seedTryOns(stage.db, 1);
    const [job] = await startAttempts(stage.db, ids);
    if (job === undefined) throw new Error('a job was asked for');
    for (const event of [{ type: 'unanswered' }, { type: 'disproved' }] as const) {
      const attempt = { type: 'attempt', attemptId: job.attemptId, event } as const;
      await judgeJob(stage.db, { jobId: job.jobId, actor: 'worker', event: attempt });
    }
    await runSql(stage.db.url, `UPDATE catwalk.try_on SET due_at = due_at + interval '1 minute'`);
    expect(await jobOf(stage, job.jobId)).toMatchObject({ status: 'queued', states: ['disproved'] });
    const context = await stage.context();
    await context.provider.submit({ ...job.request, email: anna, replyUrl: null, replyRef: job.replyRef });
    await endContext(context);

    await stage.startWorker();
    await untilAll(stage, ids, 'succeeded');

    expect((await jobOf(stage, job.jobId)).states).toEqual(['ended_succeeded']);
    expect(stage.simulator.bill().accepted).toBe(1);
    expect(provenLate(job.attemptId)).toMatchObject([{ overruled: 'disproved', by: 'scheduler' }]);
  });

  it('is not told of as late where the attempt was only claimed meanwhile', async () => {
    await seedAccounts(stage.db, { [anna]: 5 });
    const context = await stage.context();
    const ids = await seedTryOns(stage.db, 1);
    const claimMeanwhile = async () => {
      const [job] = await startAttempts(stage.db, ids);
      const running = [{ taskId: '31', email: anna, replyRef: job?.replyRef ?? null }];
      return { kind: 'answered', value: running, status: 200, dateHeader: null } as const;
    };

    await watchScheduler({ ...context, provider: { ...context.provider, scheduler: claimMeanwhile } });

    const { status, attempts } = await jobOf(stage, ids[0] ?? '');
    expect(status).toBe('processing');
    expect(provenLate(attempts[0]?.id ?? '')).toEqual([]);
    await endContext(context);
  });
});
