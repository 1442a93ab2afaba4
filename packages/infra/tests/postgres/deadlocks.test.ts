import { decide } from '@catwalk/core';
import {
  claimSettings,
  createDatabase,
  expectNoConnections,
  runSql,
  seedAccounts,
  seedBatch,
  seedTryOns,
} from '@catwalk/testkit';
import { describe, expect, inject, it } from 'vitest';
import {
  carryJobs,
  claimJobs,
  type Database,
  foldBatches,
  judgeJobs,
  openDatabase,
  pauseBatch,
  type Question,
  resumeBatch,
  retryFailed,
  setBatchPriority,
} from '../../src/postgres/index.js';

/** Cancels what is open and retries what is canceled: every time it is asked, it changes its job. */
function toggle(jobId: string): Question<boolean> {
  return {
    locate: { jobId },
    actor: 'test',
    judge: (job, now) => {
      if (job === null) return { result: false, decision: null };
      const event =
        job.status === 'canceled'
          ? ({ type: 'retried-by-client', mayBillTwice: true } as const)
          : ({ type: 'canceled-by-client' } as const);
      const decision = decide(job, event, now);
      return { result: decision.kind === 'changed', decision };
    },
  };
}

/**
 * How many deadlocks Postgres broke while two processes did this, retried ones too. Its count is complete only
 * when their connections are gone.
 */
async function deadlocksDuring(work: (one: Database, two: Database) => Promise<void>): Promise<number> {
  const database = await createDatabase();
  const admin = inject('catwalkAdminUrl');
  const both = [1, 2].map(() => openDatabase({ url: database.url, poolMax: 20 }));
  const [one, two] = both;
  try {
    if (one !== undefined && two !== undefined) await work(one, two);
  } finally {
    await Promise.all(both.map((db) => db.close()));
  }
  await expectNoConnections(admin, database.name, 10_000);
  const sql = 'SELECT deadlocks::int AS n FROM pg_stat_database WHERE datname = $1';
  const [row] = await runSql<{ n: number }>(admin, sql, [database.name]);
  await database.drop();
  return row?.n ?? Number.NaN;
}

describe('batches that overlap', () => {
  it('never deadlock: 100 at once over the same jobs in random orders', async () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };

    const deadlocks = await deadlocksDuring(async (one, two) => {
      await seedAccounts(one, { 'anna@example.com': 50 });
      const jobs = await seedTryOns(one, 30);
      const someJobs = () =>
        jobs
          .map((id) => ({ id, order: random() }))
          .sort((a, b) => a.order - b.order)
          .slice(0, 6);
      const batches = Array.from({ length: 100 }, () => someJobs().map(({ id }) => toggle(id)));

      const results = await Promise.all(batches.map((batch, n) => judgeJobs(n % 2 === 0 ? one : two, batch)));

      expect(new Set(results.flat())).toEqual(new Set([true]));
      const [row] = await one.prisma.$queryRaw<{ n: number }[]>`
        SELECT sum(version - 1)::int AS n FROM catwalk.try_on`;
      expect(row?.n).toBe(600);
    });

    expect(deadlocks).toBe(0);
  });
});

it('orders to batches never deadlock with claims, ends, carries and the count of what ended', async () => {
  const by = { actor: 'ada' };
  const deadlocks = await deadlocksDuring(async (one, two) => {
    await seedAccounts(one, { 'anna@example.com': 50 });
    const batches = [await seedBatch(one, 40, { maxImages: 500 }), await seedBatch(one, 40)];
    let isOver = false;
    const until = async (work: (round: number) => Promise<unknown>) => {
      for (let round = 0; !isOver; round += 1) await work(round);
    };
    const jobsOf = (round: number) => (batches[round % 2]?.ids ?? []).slice(round % 8, 30 + (round % 8));
    const failed = (jobId: string): Question<boolean> => ({
      locate: { jobId },
      actor: 'test',
      judge: (job, now) => {
        if (job?.status !== 'queued') return { result: false, decision: null };
        return { result: true, decision: decide(job, { type: 'account-removed' }, now) };
      },
    });
    const background = [
      until((round) => claimJobs(one, jobsOf(round).slice(0, 1), claimSettings)),
      until((round) => judgeJobs(two, jobsOf(round).slice(2, 20).map(failed))),
      until(() => carryJobs(one)),
      until(() => foldBatches(one)),
      until(() => foldBatches(two)),
    ];
    for (let round = 0; round < 40; round += 1)
      await Promise.all(
        batches.map(async ({ id }, n) => {
          const db = n === 0 ? one : two;
          await pauseBatch(db, id, by);
          await Promise.all([retryFailed(db, id, by), setBatchPriority(db, id, 0), resumeBatch(db, id, by)]);
        }),
      );
    isOver = true;
    await Promise.all(background);
  });

  expect(deadlocks).toBe(0);
});

it('a deadlock would be counted', async () => {
  const deadlocks = await deadlocksDuring(async (one, two) => {
    const [first = '', second = ''] = await seedTryOns(one, 2);
    let waiting = 2;
    let go = () => {};
    const bothHold = new Promise<void>((resolve) => {
      go = resolve;
    });
    const lockBoth = (db: Database, order: readonly string[]) =>
      db.prisma.$transaction(async (tx) => {
        await tx.$queryRaw`SELECT 1 FROM catwalk.try_on WHERE id = ${order[0]} FOR NO KEY UPDATE`;
        waiting -= 1;
        if (waiting === 0) go();
        await bothHold;
        await tx.$queryRaw`SELECT 1 FROM catwalk.try_on WHERE id = ${order[1]} FOR NO KEY UPDATE`;
      });
    await Promise.allSettled([lockBoth(one, [first, second]), lockBoth(two, [second, first])]);
  });

  expect(deadlocks).toBe(1);
});
