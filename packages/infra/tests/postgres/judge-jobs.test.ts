import { type AttemptEvent, type Decision, decide } from '@catwalk/core';
import { databaseForFile, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Database,
  judgeJob,
  judgeJobs,
  keepSearch,
  leaseDueLooks,
  listSearched,
  openDatabase,
  type Question,
} from '../../src/postgres/index.js';
import { settleInHalves } from '../../src/postgres/settle-in-halves.js';

const database = await databaseForFile();
/** Two processes, as far as Postgres can tell. */
const one = openDatabase({ url: database.url, poolMax: 20 });
const two = openDatabase({ url: database.url, poolMax: 20 });
afterAll(() => Promise.all([one.close(), two.close()]));
beforeAll(() => seedAccounts(one, { 'anna@example.com': 10_000 }));

type Target = { readonly jobId: string; readonly attemptId: string };

function question(target: Target, event: AttemptEvent): Question<Decision | null> {
  return {
    locate: { jobId: target.jobId },
    actor: 'test',
    judge: (job, now) => {
      const decision =
        job === null ? null : decide(job, { type: 'attempt', attemptId: target.attemptId, event }, now);
      return { result: decision, decision };
    },
  };
}

const started = async (db: Database, count: number) => startAttempts(db, await seedTryOns(db, count));
const accepted = (taskId: string): AttemptEvent => ({ type: 'accepted', taskId, provisional: false });

describe('a job that two processes judge at once', () => {
  it('is judged again by the one that lost, on what the other saved', async () => {
    const [target] = await started(one, 1);
    if (target === undefined) throw new Error('a job was asked for');
    const seen: string[] = [];
    const watching: Question<null> = {
      locate: { jobId: target.jobId },
      actor: 'test',
      judge: (job, now) => {
        seen.push(job?.status ?? 'missing');
        const event = {
          type: 'attempt',
          attemptId: target.attemptId,
          event: { type: 'unanswered' },
        } as const;
        return { result: null, decision: job === null ? null : decide(job, event, now) };
      },
    };
    const rival = () => judgeJobs(two, [question(target, { type: 'progressed', taskId: '1' })]);

    await judgeJobs(afterFirstRead(one, rival), [watching]);

    expect(seen).toEqual(['submitting', 'processing']);
    const job = await one.prisma.tryOn.findUnique({ where: { id: target.jobId } });
    expect(job).toMatchObject({ status: 'processing' });
  });

  it('takes every one of 40 concurrent events, none on top of an outdated state', async () => {
    const [target] = await started(one, 1);
    if (target === undefined) throw new Error('a job was asked for');
    const before = await one.prisma.tryOn.findUniqueOrThrow({ where: { id: target.jobId } });

    const decisions = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        judgeJobs(n % 2 === 0 ? one : two, [question(target, { type: 'progressed', taskId: '2' })]),
      ),
    );

    const kinds = decisions.flat().map((decision) => decision?.kind);
    expect(kinds.filter((kind) => kind === 'changed')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(39);
    const after = await one.prisma.tryOn.findUniqueOrThrow({ where: { id: target.jobId } });
    expect(after.version).toBe(before.version + 1);
  });

  it('is canceled or succeeds, never both: the loser is told why', async () => {
    const targets = await started(one, 20);

    const outcomes = await Promise.all(
      targets.map(async (target, n) => {
        const images = [{ url: 'https://cdn.example/a.png', width: 1, height: 1 }];
        const succeeded: AttemptEvent = { type: 'succeeded', taskId: String(100 + n), images };
        const [canceled] = await Promise.all([
          judgeJob(one, { jobId: target.jobId, actor: 'shop', event: { type: 'canceled-by-client' } }),
          judgeJobs(two, [question(target, succeeded)]),
        ]);
        return canceled;
      }),
    );

    for (const [n, target] of targets.entries()) {
      const job = await one.prisma.tryOn.findUniqueOrThrow({ where: { id: target.jobId } });
      const attempt = await one.prisma.attempt.findUniqueOrThrow({ where: { id: target.attemptId } });
      const { kind } = outcomes[n] ?? {};
      expect(job.status).toBe(kind === 'changed' ? 'canceled' : 'succeeded');
      expect(attempt.state).toBe('ended_succeeded');
      if (kind === 'refused') expect(outcomes[n]).toMatchObject({ reason: 'not_cancelable' });
    }
  });
});

describe('a batch', () => {
  it('judges the questions about one job in their order, each on the result of the one before', async () => {
    const [target] = await started(one, 1);
    if (target === undefined) throw new Error('a job was asked for');
    const failure = {
      code: 'generation_failed',
      message: 'm',
      providerStatus: null,
      providerMessage: null,
    } as const;

    const decisions = await judgeJobs(one, [
      question(target, { type: 'unanswered' }),
      question(target, accepted('201')),
      question(target, { type: 'failed', taskId: '201', failure }),
      question(target, accepted('201')),
    ]);

    expect(decisions.map((decision) => decision?.kind)).toEqual(['changed', 'changed', 'changed', 'refused']);
    const events = await one.prisma.event.findMany({
      where: { tryOnId: target.jobId },
      orderBy: { id: 'asc' },
    });
    expect(events.map((event) => event.kind)).toEqual([
      'try_on.queued',
      'try_on.submitted',
      'attempt.unanswered',
      'try_on.unconfirmed',
      'attempt.accepted',
      'try_on.processing',
      'attempt.failed',
      'try_on.failed',
    ]);
  });

  it('loses only the culprit to a value that Postgres refuses', async () => {
    const targets = await started(one, 9);
    const questions = targets.map((target, n) =>
      question(target, accepted(n === 3 || n === 6 ? '301' : String(310 + n))),
    );

    const settled = await settleInHalves(questions, (half) => judgeJobs(one, half));

    // Both 3 and 6 name task 301: the first of them has it, the other is the culprit.
    expect(settled.map((result) => result.status === 'fulfilled')).toEqual(targets.map((_, n) => n !== 6));
    const states = await one.prisma.attempt.findMany({
      where: { id: { in: targets.map((t) => t.attemptId) } },
    });
    expect(states.filter((attempt) => attempt.state === 'accepted')).toHaveLength(8);
  });

  it('tells of a job that is not there, and goes on with the others', async () => {
    const [target] = await started(one, 1);
    if (target === undefined) throw new Error('a job was asked for');

    const decisions = await judgeJobs(one, [
      question({ jobId: 'try_none', attemptId: 'att_none' }, accepted('1')),
      question(target, accepted('401')),
    ]);

    expect(decisions.map((decision) => decision?.kind)).toEqual([undefined, 'changed']);
    expect(await judgeJob(one, { jobId: 'try_none', actor: 'a', event: { type: 'expired' } })).toEqual({
      kind: 'missing',
    });
  });

  it('keeps the exchange of a submit also when a callback was quicker and it told nothing new', async () => {
    const [target] = await started(one, 1);
    if (target === undefined) throw new Error('a job was asked for');
    await judgeJobs(one, [question(target, accepted('451'))]);
    const answered: Question<Decision | null> = {
      ...question(target, accepted('451')),
      judge: (job, now) => ({
        ...question(target, accepted('451')).judge(job, now),
        exchange: { attemptId: target.attemptId, exchange: { status: 200 } },
      }),
    };

    const [decision] = await judgeJobs(one, [answered]);

    expect(decision).toEqual({ kind: 'refused', reason: 'already_known' });
    const attempt = await one.prisma.attempt.findUnique({ where: { id: target.attemptId } });
    expect(attempt).toMatchObject({ state: 'accepted', exchange: { status: 200 } });
  });

  it.each([
    ['disproved', [{ type: 'unanswered' }, { type: 'disproved' }]],
    ['deferred', [{ type: 'deferred' }]],
    ['given up', [{ type: 'given-up', lookAgainInMs: 3_600_000 }]],
  ] as const)(
    'that was %s is looked at at once when it proves to be there after all',
    async (_what, closing) => {
      const [target] = await started(one, 1);
      if (target === undefined) throw new Error('a job was asked for');
      const taskId = `late-${closing[0].type}`;
      for (const event of [...closing, accepted(taskId)]) await judgeJobs(one, [question(target, event)]);

      const due = await leaseDueLooks(one, { leaseMs: 60_000, limit: 10 });

      expect(due).toMatchObject([{ id: target.attemptId, providerTaskId: taskId, checks: 0 }]);
    },
  );

  it('that becomes unknown once more is searched for from the start', async () => {
    const [target] = await started(one, 1);
    if (target === undefined) throw new Error('a job was asked for');
    const long = new Date(Date.now() - 3_600_000);
    const inferred = { type: 'accepted', taskId: '600', provisional: true } as const;
    await judgeJobs(one, [question(target, { type: 'unanswered' })]);
    const search = { graceFrom: long, sweptAt: long, absentAt: long, interruptedAt: long };
    await keepSearch(one, target.attemptId, search, 'listing_too_long');
    await judgeJobs(one, [question(target, inferred)]);
    const disowned = { type: 'disowned', taskId: '600', ownedByAnother: true } as const;
    await judgeJobs(one, [question(target, disowned)]);

    const rows = await listSearched(one, 'anna@example.com', new Date(), []);

    const row = rows.find(({ id }) => id === target.attemptId);
    expect(row).toMatchObject({ state: 'unknown', providerTaskId: null });
    expect(row?.search).toMatchObject({ sweptAt: null, absentAt: null, interruptedAt: null });
    expect(row?.search.graceFrom.getTime()).toBeGreaterThan(long.getTime());
  });

  it('is not harmed by a connection that dies under it', async () => {
    const targets = await started(one, 3);
    const alone = openDatabase({ url: database.url, poolMax: 1 });
    const [own] = await alone.prisma.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await runSql(database.url, 'SELECT pg_terminate_backend($1)', [own?.pid]);

    const decisions = await judgeJobs(
      alone,
      targets.map((target, n) => question(target, accepted(String(500 + n)))),
    );
    await alone.close();

    expect(decisions.map((decision) => decision?.kind)).toEqual(['changed', 'changed', 'changed']);
  });
});

/** The same database, where `then` happens between the first reading and what follows. */
function afterFirstRead(db: Database, then: () => Promise<unknown>): Database {
  let isFirst = true;
  const read = async (...args: Parameters<typeof db.prisma.$queryRaw>) => {
    const rows = await db.prisma.$queryRaw(...args);
    if (isFirst) {
      isFirst = false;
      await then();
    }
    return rows;
  };
  const prisma = new Proxy(db.prisma, {
    get: (target, name) => (name === '$queryRaw' ? read : Reflect.get(target, name)),
  });
  return { ...db, prisma };
}
