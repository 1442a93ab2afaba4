import { judgeJob } from '@catwalk/infra/postgres';
import { anna, eventually, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import type { WorkerContext } from '../src/index.js';
import { lookAtTasks } from '../src/look-at-tasks.js';
import { createStage, endContext, jobOf, type Stage } from './start-stage.js';

const stageOf = createStage(undefined);
let stage: Stage;
beforeEach(async () => {
  stage = await stageOf();
  await stage.reset();
});

type Provider = WorkerContext['provider'];
const gone = async () => ({ kind: 'not-found', status: 404, message: 'Task not found' }) as const;

/** So many jobs whose tasks the provider has, accepted longer ago than the grace, their looks due. */
async function accepted(context: WorkerContext, count: number): Promise<string[]> {
  await seedAccounts(stage.db, { [anna]: 50 });
  const jobs = await startAttempts(stage.db, await seedTryOns(stage.db, count));
  for (const job of jobs) {
    const asked = { ...job.request, email: anna, replyUrl: null, replyRef: job.replyRef };
    const { outcome } = await context.provider.submit(asked);
    const taskId = outcome.kind === 'accepted' ? outcome.taskId : 'none';
    const event = { type: 'accepted', taskId, provisional: false } as const;
    const attempt = { type: 'attempt', attemptId: job.attemptId, event } as const;
    await judgeJob(stage.db, { jobId: job.jobId, actor: 'worker', event: attempt });
  }
  await runSql(
    stage.db.url,
    `UPDATE catwalk.attempt SET answered_at = answered_at - interval '1 minute', next_check_at = clock_timestamp()`,
  );
  return jobs.map((job) => job.jobId);
}

async function lookWith(context: WorkerContext, more: Partial<Provider>): Promise<void> {
  await lookAtTasks({ ...context, provider: { ...context.provider, ...more } });
}

describe('a task that answers 404 is not over', () => {
  it('while the listing shows it on any page, however many came after it', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1, listingPageMax: 2 });
    const context = await stage.context();
    const [first = ''] = await accepted(context, 5);

    await lookWith(context, { task: gone });

    expect(await jobOf(stage, first)).toMatchObject({ status: 'processing', states: ['accepted'] });
    await endContext(context);
  });

  it('while the listing shows it by a provider’s clock that is far from ours', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1 });
    const context = await stage.context();
    const [id = ''] = await accepted(context, 1);

    await lookWith(context, { task: gone, tasks: byClockBehind(context.provider, 600_000) });

    expect(await jobOf(stage, id)).toMatchObject({ status: 'processing', states: ['accepted'] });
    await endContext(context);
  });

  it('while the listing is longer than may be read', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1, listingPageMax: 1 });
    const context = await stage.context();
    const [first = ''] = await accepted(context, 40);

    await lookWith(context, { task: gone });

    expect(await jobOf(stage, first)).toMatchObject({ status: 'processing', states: ['accepted'] });
    await endContext(context);
  });
});

describe('an attempt that was given up without a task', () => {
  /** So many jobs that failed, their late looks due. */
  async function givenUp(count: number) {
    await seedAccounts(stage.db, { [anna]: 5 });
    const jobs = await startAttempts(stage.db, await seedTryOns(stage.db, count));
    for (const job of jobs)
      for (const event of [{ type: 'unanswered' }, { type: 'given-up', lookAgainInMs: 0 }] as const)
        await judgeJob(stage.db, {
          jobId: job.jobId,
          actor: 'worker',
          event: { type: 'attempt', attemptId: job.attemptId, event },
        });
    return jobs;
  }

  it('is looked for in the listing, and images that are found there revive its job', async () => {
    stage.simulator.turnDials({ delayMs: 0, lostCallbackRate: 1, listingPageMax: 1 });
    const context = await stage.context();
    const jobs = await givenUp(2);
    for (const job of jobs)
      await context.provider.submit({ ...job.request, email: anna, replyUrl: null, replyRef: job.replyRef });
    await eventually(() => expect(stage.simulator.bill().succeeded).toBe(2));

    await lookAtTasks(context);
    await runSql(stage.db.url, `UPDATE catwalk.attempt SET next_check_at = clock_timestamp()`);
    await lookAtTasks(context);

    for (const job of jobs)
      expect(await jobOf(stage, job.jobId)).toMatchObject({
        status: 'succeeded',
        states: ['ended_succeeded'],
        urls: [expect.any(String)],
      });
    await endContext(context);
  });

  it('is looked for 2, 12 and 48 deadlines later, and never again', async () => {
    const context = await stage.context({ JOB_DEADLINE_MS: '60000' });
    const [job] = await givenUp(1);

    const looks: (number | null)[] = [];
    for (let look = 0; look < 3; look += 1) {
      await runSql(stage.db.url, `UPDATE catwalk.attempt SET next_check_at = clock_timestamp()`);
      await lookAtTasks(context);
      const [attempt] = (await jobOf(stage, job?.jobId ?? '')).attempts;
      const at = attempt?.nextCheckAt?.getTime();
      looks.push(at === undefined ? null : (at - (attempt?.stateSince.getTime() ?? 0)) / 60_000);
    }

    expect(looks).toEqual([12, 48, null]);
    expect((await jobOf(stage, job?.jobId ?? '')).status).toBe('failed');
    await endContext(context);
  });
});

/** The listing of a provider whose clock is so far behind ours. */
function byClockBehind(provider: Provider, ms: number): Provider['tasks'] {
  return async ({ email, pageSize, ...bound }) => {
    const asked =
      bound.createdAfterMs === undefined
        ? { createdBeforeMs: bound.createdBeforeMs + ms }
        : { createdAfterMs: bound.createdAfterMs + ms };
    const look = await provider.tasks({ email, pageSize, ...asked });
    if (look.kind !== 'answered') return look;
    const tasks = look.value.tasks.map((task) => ({ ...task, createdAtMs: (task.createdAtMs ?? 0) - ms }));
    const dateHeader = new Date(Date.parse(look.dateHeader ?? '') - ms).toUTCString();
    return { ...look, dateHeader, value: { ...look.value, tasks } };
  };
}
