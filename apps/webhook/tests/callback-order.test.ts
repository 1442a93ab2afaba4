import { judgeJob } from '@catwalk/infra/postgres';
import { databaseForFile } from '@catwalk/testkit';
import { describe, expect, it } from 'vitest';
import { one, startWebhook } from './start-webhook.js';
import { failureBody, progressBody, taskBody } from './task-body.js';

const database = await databaseForFile();
const { db, lines, post, attempt, attempts, stateOf, kept } = await startWebhook(database.url);

async function accept(job: { jobId: string; attemptId: string }, taskId: string): Promise<unknown> {
  return judgeJob(db, {
    jobId: job.jobId,
    actor: 'worker',
    event: {
      type: 'attempt',
      attemptId: job.attemptId,
      event: { type: 'accepted', taskId, provisional: false },
    },
  });
}

const decisions = async (replyRef: string) => (await kept(replyRef)).map(({ decision }) => decision);
const eventsOf = async (jobId: string) =>
  db.prisma.event.findMany({ where: { tryOnId: jobId }, orderBy: { id: 'asc' } });

describe('a callback that comes before the submit’s own answer', () => {
  it('ends the job, and the answer that follows takes nothing back', async () => {
    const job = await attempt();

    await post(job.replyRef, taskBody('31'));
    await accept(job, '31');

    expect(await stateOf(job)).toMatchObject({ status: 'succeeded', attempt: 'ended_succeeded' });
  });

  it('without a task id gets it from the answer that follows', async () => {
    const job = await attempt();

    await post(job.replyRef, taskBody(null));
    await accept(job, '32');

    const row = await db.prisma.attempt.findUnique({ where: { id: job.attemptId } });
    expect(row).toMatchObject({ state: 'ended_succeeded', providerTaskId: '32' });
  });

  it('proves a submit whose answer was lost', async () => {
    const job = await attempt();
    const event = { type: 'attempt', attemptId: job.attemptId, event: { type: 'unanswered' } } as const;
    await judgeJob(db, { jobId: job.jobId, actor: 'worker', event });
    expect(await stateOf(job)).toMatchObject({ status: 'unconfirmed', attempt: 'unknown' });

    await post(job.replyRef, progressBody('33'));

    expect(await stateOf(job)).toMatchObject({ status: 'processing', attempt: 'accepted' });
  });
});

describe('a callback that proves a conclusion of ours wrong', () => {
  it('tells which in its log line, and one that proves none wrong tells nothing', async () => {
    const [wrong, right] = [await attempt(), await attempt()];
    for (const event of [{ type: 'unanswered' }, { type: 'disproved' }] as const) {
      const attempt = { type: 'attempt', attemptId: wrong.attemptId, event } as const;
      await judgeJob(db, { jobId: wrong.jobId, actor: 'worker', event: attempt });
    }

    await post(wrong.replyRef, progressBody('34'));
    await post(right.replyRef, progressBody('35'));

    const told = lines.map((line) => JSON.parse(line)).filter((line) => line.msg === 'callback.received');
    expect(told.find((line) => line.replyRef === wrong.replyRef)).toMatchObject({ overruled: 'disproved' });
    expect(told.find((line) => line.replyRef === right.replyRef)).not.toHaveProperty('overruled');
  });
});

describe('callbacks in another order', () => {
  it('change nothing: progress after the end is late', async () => {
    const job = await attempt();

    await post(job.replyRef, taskBody('41'));
    expect((await post(job.replyRef, progressBody('41'))).status).toBe(200);

    expect(await decisions(job.replyRef)).toEqual(['applied', 'late']);
    expect(await stateOf(job)).toMatchObject({ status: 'succeeded' });
  });

  it('a failure after the success is late, and the images stay', async () => {
    const job = await attempt();

    await post(job.replyRef, taskBody('42'));
    await post(job.replyRef, failureBody('42'));

    expect(await decisions(job.replyRef)).toEqual(['applied', 'late']);
    expect(await stateOf(job)).toMatchObject({ status: 'succeeded', urls: ['https://cdn.example/a.png'] });
  });

  it('a success after the failure revives the job, once, and says so', async () => {
    const job = await attempt();

    await post(job.replyRef, failureBody('43'));
    expect(await stateOf(job)).toMatchObject({ status: 'failed' });
    await post(job.replyRef, taskBody('43'));
    await post(job.replyRef, taskBody('43', { images: ['https://cdn.example/other.png'] }));

    expect(await stateOf(job)).toMatchObject({ status: 'succeeded', urls: ['https://cdn.example/a.png'] });
    const row = await db.prisma.tryOn.findUnique({ where: { id: job.jobId } });
    expect(row?.error).toBeNull();
    const ends = (await eventsOf(job.jobId)).filter((event) => event.kind === 'try_on.succeeded');
    expect(ends.map((event) => event.data)).toEqual([{ from: 'failed', revived: true }]);
  });

  it('in one batch are judged one after the other, each against the one before', async () => {
    const jobs = await attempts(20);

    const answers = await Promise.all(
      jobs.flatMap((job, n) => [
        post(job.replyRef, progressBody(String(500 + n))),
        post(job.replyRef, taskBody(String(500 + n))),
        post(job.replyRef, taskBody(String(500 + n))),
      ]),
    );

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    for (const job of jobs) {
      expect(await stateOf(job)).toMatchObject({ status: 'succeeded' });
      const ends = (await eventsOf(job.jobId)).filter((event) => event.kind === 'try_on.succeeded');
      expect(ends).toHaveLength(1);
    }
  });
});

describe('a callback that names another task than its attempt’s', () => {
  it('is answered 200, kept as conflicting, never applied, and confirmed by asking soon', async () => {
    const job = await attempt();
    await accept(job, '61');

    expect((await post(job.replyRef, taskBody('62'))).status).toBe(200);

    expect(await decisions(job.replyRef)).toEqual(['conflicting']);
    expect(await stateOf(job)).toEqual({ status: 'processing', attempt: 'accepted', urls: [] });
    const row = await db.prisma.attempt.findUnique({ where: { id: job.attemptId } });
    const [{ now }] = await db.prisma.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS now`;
    expect(row?.nextCheckAt?.getTime()).toBeLessThanOrEqual(now.getTime());
  });

  it('overrides an id that was only inferred from the listing', async () => {
    const job = await attempt();
    const inferred = { type: 'accepted', taskId: '63', provisional: true } as const;
    const event = { type: 'attempt', attemptId: job.attemptId, event: inferred } as const;
    await judgeJob(db, { jobId: job.jobId, actor: 'worker', event });

    await post(job.replyRef, taskBody('64'));

    const row = await db.prisma.attempt.findUnique({ where: { id: job.attemptId } });
    expect(row).toMatchObject({ state: 'ended_succeeded', providerTaskId: '64', provisional: false });
  });

  it('is applied without the task when that is another attempt’s, and costs those beside it nothing', async () => {
    const owner = await attempt();
    await accept(owner, '65');
    const jobs = await attempts(9);

    const answers = await Promise.all(
      jobs.map((job, n) => post(job.replyRef, taskBody(n === 4 ? '65' : String(650 + n)))),
    );

    expect(answers.map((answer) => answer.status)).toEqual(Array(9).fill(200));
    const states = await Promise.all(jobs.map(async (job) => (await stateOf(job)).status));
    expect(states.filter((status) => status === 'succeeded')).toHaveLength(9);
    const conflicting = one(jobs.slice(4));
    expect(await decisions(conflicting.replyRef)).toEqual(['conflicting']);
    const row = await db.prisma.attempt.findUnique({ where: { id: conflicting.attemptId } });
    expect(row).toMatchObject({ state: 'ended_succeeded', providerTaskId: null });
    expect(await stateOf(owner)).toMatchObject({ status: 'processing' });
  });
});

describe('a canceled job', () => {
  it('keeps the images that still come, and stays canceled', async () => {
    const job = await attempt();
    await accept(job, '71');
    await judgeJob(db, { jobId: job.jobId, actor: 'shop', event: { type: 'canceled-by-client' } });

    expect((await post(job.replyRef, taskBody('71'))).status).toBe(200);

    expect(await decisions(job.replyRef)).toEqual(['applied']);
    expect(await stateOf(job)).toEqual({
      status: 'canceled',
      attempt: 'ended_succeeded',
      urls: ['https://cdn.example/a.png'],
    });
  });
});
