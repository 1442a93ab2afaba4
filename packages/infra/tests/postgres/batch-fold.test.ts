import {
  anna,
  claimSettings,
  databaseForFile,
  runSql,
  seedAccounts,
  seedBatch,
  seedTryOns,
} from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  claimJobs,
  foldBatches,
  judgeJob,
  openDatabase,
  pauseBatch,
  resumeBatch,
  setBatchCeiling,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';
import { endJobs, succeededEvent } from './end-jobs.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 12 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 1_000 });
});

const by = { actor: 'ada' };
const sql = <Row>(text: string, values: unknown[] = []) => runSql<Row>(database.url, text, values);
const batchOf = (id: string) => db.prisma.batch.findUniqueOrThrow({ where: { id } });
const placed = async (id: string) => {
  const rows = await db.prisma.batchResult.findMany({ where: { batchId: id }, orderBy: { position: 'asc' } });
  return rows.map((row) => row.tryOnId);
};
const deltas = () => db.prisma.batchDelta.count();
const foldAll = async () => {
  for (let round = await foldBatches(db); round?.hasMore === true; ) round = await foldBatches(db);
};

describe('counting', () => {
  it('tells how the jobs of a batch ended, what they billed and when the first was sent', async () => {
    const { id, ids } = await seedBatch(db, 10);
    await endJobs(db, ids.slice(0, 4), 'succeeded');
    await endJobs(db, ids.slice(4, 6), 'failed');
    await endJobs(db, ids.slice(6, 7), 'canceled');

    await foldBatches(db);

    const [sent] = await sql<{ at: Date }>('SELECT min(sent_at) AS at FROM catwalk.attempt');
    expect(await batchOf(id)).toMatchObject({
      state: 'running',
      succeeded: 4,
      failed: 2,
      canceled: 1,
      failures: { account_removed: 2 },
      imagesBilled: 4,
      startedAt: sent?.at,
      pace: expect.any(Number),
    });
    expect((await placed(id)).sort()).toEqual(ids.slice(0, 7));
    expect((await placed(id)).at(-1)).toBe(ids[6]);
    expect(await deltas()).toBe(0);
  });

  it('leaves jobs without a batch, and those of a batch that is no more, alone', async () => {
    const { id, ids } = await seedBatch(db, 2);
    await endJobs(db, [...ids, ...(await seedTryOns(db, 2))], 'failed');
    expect(await deltas()).toBe(2);
    await sql('DELETE FROM catwalk.batch WHERE id = $1', [id]);

    await foldBatches(db);

    expect(await deltas()).toBe(0);
    expect(await placed(id)).toEqual([]);
  });

  it('follows a failure that is revived, and the batch stays finished', async () => {
    const { id, ids } = await seedBatch(db, 2);
    const { claimed } = await claimJobs(db, ids, claimSettings);
    const [first, second] = claimed;
    if (first === undefined || second === undefined) throw new Error('two were to start');
    const failure = { code: 'no_images', message: '', providerStatus: null, providerMessage: null } as const;
    for (const { jobId, attemptId } of claimed) {
      const event = { type: 'failed', taskId: attemptId, failure } as const;
      await judgeJob(db, { jobId, actor: 'test', event: { type: 'attempt', attemptId, event } });
    }
    await foldBatches(db);
    const finished = await batchOf(id);
    expect(finished).toMatchObject({ state: 'finished', failed: 2, failures: { no_images: 2 } });
    expect(await placed(id)).toEqual([first.jobId, second.jobId]);

    const event = { type: 'succeeded', taskId: first.attemptId, images: [] } as const;
    const images = [{ url: 'https://pictures.example/1.png', width: 1, height: 1 }];
    await judgeJob(db, {
      jobId: first.jobId,
      actor: 'test',
      event: { type: 'attempt', attemptId: first.attemptId, event: { ...event, images } },
    });
    await foldBatches(db);

    expect(await batchOf(id)).toMatchObject({
      state: 'finished',
      succeeded: 1,
      failed: 1,
      failures: { no_images: 1 },
      finishedAt: finished.finishedAt,
    });
    expect(await placed(id)).toEqual([second.jobId, first.jobId]);
  });

  it('gives a canceled job whose images came later its last place, and counts it once', async () => {
    const { id, ids } = await seedBatch(db, 3);
    const [job] = (await claimJobs(db, ids.slice(0, 1), claimSettings)).claimed;
    if (job === undefined) throw new Error('one was to start');
    await endJobs(db, ids.slice(0, 1), 'canceled');
    await endJobs(db, ids.slice(1, 2), 'canceled');
    await foldBatches(db);
    expect(await placed(id)).toEqual(ids.slice(0, 2));

    await judgeJob(db, { jobId: job.jobId, actor: 'test', event: succeededEvent(job.attemptId) });
    await foldBatches(db);

    expect(await placed(id)).toEqual([ids[1], ids[0]]);
    expect(await batchOf(id)).toMatchObject({ canceled: 2, succeeded: 0, imagesBilled: 1 });
  });

  it('takes a job that is open again out of the order, and out of the counts', async () => {
    const { id, ids } = await seedBatch(db, 3);
    await endJobs(db, ids.slice(0, 2), 'failed');
    await foldBatches(db);
    const event = { type: 'retried-by-client', mayBillTwice: false } as const;
    await judgeJob(db, { jobId: ids[0] ?? '', actor: 'shop', event });
    await foldBatches(db);

    expect(await placed(id)).toEqual([ids[1]]);
    expect(await batchOf(id)).toMatchObject({ failed: 1, failures: { account_removed: 1 } });
  });

  it('adds up with what is not counted yet and what is open, in every sample, while jobs end', async () => {
    const { id, ids } = await seedBatch(db, 240);
    let open = 4;
    const writers = Array.from({ length: 4 }, async (_, n) => {
      const own = ids.filter((_id, index) => index % 4 === n);
      for (let at = 0; at < own.length; at += 5)
        await endJobs(
          db,
          own.slice(at, at + 5),
          (['succeeded', 'failed', 'canceled'] as const)[(at / 5 + n) % 3] ?? 'failed',
        );
      open -= 1;
    });
    const folder = (async () => {
      while (open > 0) await foldBatches(db);
    })();
    const sums = new Set<number>();
    while (open > 0) {
      const [row] = await sql<{ sum: number }>(
        `SELECT b.succeeded + b.failed + b.canceled
           + (SELECT count(ended) - count(was) FROM catwalk.batch_delta d WHERE d.batch_id = b.id)::int
           + (SELECT count(*) FROM catwalk.try_on t WHERE t.batch_id = b.id
              AND status = ANY ('{queued,submitting,unconfirmed,processing}'))::int AS sum
         FROM catwalk.batch b WHERE b.id = $1`,
        [id],
      );
      sums.add(row?.sum ?? 0);
    }
    await Promise.all([...writers, folder]);
    await foldAll();

    expect([...sums]).toEqual([240]);
    expect(await batchOf(id)).toMatchObject({
      state: 'finished',
      succeeded: 80,
      failed: 80,
      canceled: 80,
      imagesBilled: 80,
    });
  });

  it('numbers ends so that who reads on behind the last sees each once, while 8 writers end jobs', async () => {
    const { id, ids } = await seedBatch(db, 320);
    let open = 8;
    const writers = Array.from({ length: 8 }, async (_, n) => {
      for (let at = n; at < ids.length; at += 8) await endJobs(db, ids.slice(at, at + 1), 'failed');
      open -= 1;
    });
    const folders = Array.from({ length: 2 }, async () => {
      while (open > 0) await foldBatches(db);
    });
    const seen: string[] = [];
    let after = 0n;
    const readOn = async () => {
      const rows = await db.prisma.batchResult.findMany({
        where: { batchId: id, position: { gt: after } },
        orderBy: { position: 'asc' },
        take: 7,
      });
      seen.push(...rows.map((row) => row.tryOnId));
      after = rows.at(-1)?.position ?? after;
      return rows.length;
    };
    while (open > 0) await readOn();
    await Promise.all([...writers, ...folders]);
    await foldAll();
    while ((await readOn()) > 0);

    expect(seen).toHaveLength(320);
    expect([...seen].sort()).toEqual(ids);
  });

  it('is done by one at a time: another finds nothing to do', async () => {
    const { ids } = await seedBatch(db, 4);
    await endJobs(db, ids, 'failed');

    const rounds = await Promise.all(Array.from({ length: 6 }, () => foldBatches(db)));

    expect(rounds.flatMap((round) => round?.moved ?? [])).toHaveLength(1);
  });
});

describe('a batch', () => {
  it('is finished when all of it has ended, and its ceiling is gone', async () => {
    const { id, ids } = await seedBatch(db, 3, { maxImages: 5 });
    await setBatchCeiling(db, id, 5);
    await setBatchCeiling(db, 'bat_other', 5);
    await endJobs(db, ids, 'succeeded');

    const round = await foldBatches(db);

    expect(round?.moved).toEqual([
      {
        batchId: id,
        client: 'shop',
        move: { kind: 'finished' },
        total: 3,
        succeeded: 3,
        failed: 0,
        canceled: 0,
      },
    ]);
    expect(await batchOf(id)).toMatchObject({ state: 'finished', finishedAt: expect.any(Date) });
    expect(await db.prisma.ceiling.findMany()).toMatchObject([{ name: 'bat_other' }]);
    expect(await foldBatches(db)).toBeNull();
  });

  it('waits for a look when its pilot has ended, and goes on when it is resumed', async () => {
    const { id, ids, pilotIds } = await seedBatch(db, 30, { pilot: 3 });
    await endJobs(db, pilotIds.slice(0, 2), 'succeeded');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'running', piloting: true });

    await endJobs(db, pilotIds.slice(2), 'failed');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({
      state: 'paused',
      pauseReason: 'pilot_review',
      pauseDetail: 'The pilot of 3 has ended: 2 succeeded, 1 failed; it goes on when a person resumes it',
      pausedBy: 'worker',
      piloting: true,
    });

    expect(await resumeBatch(db, id, by)).toEqual({ kind: 'done' });
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'running', piloting: false, pauseReason: null });
    await endJobs(
      db,
      ids.filter((job) => !pilotIds.includes(job)),
      'succeeded',
    );
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'finished', succeeded: 29, failed: 1 });
  });

  it('whose pilot is all of it is finished with it', async () => {
    const { id, ids } = await seedBatch(db, 2, { pilot: 2 });
    await endJobs(db, ids, 'succeeded');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'finished', piloting: false });
  });

  it('pauses when too many failed, not before there are enough, and not again at once when resumed', async () => {
    const { id, ids } = await seedBatch(db, 40, { pauseOnFailures: { ratio: 0.5, after: 10 } });
    await endJobs(db, ids.slice(0, 9), 'failed');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'running', failed: 9 });
    await endJobs(db, ids.slice(9, 10), 'succeeded');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({
      state: 'paused',
      pauseReason: 'failures',
      pauseDetail: '9 of 10 failed (90 %), most often account_removed; it goes on when a person resumes it',
    });

    // One more of what was in flight fails, and is not counted yet.
    await endJobs(db, ids.slice(10, 11), 'failed');
    await resumeBatch(db, id, by);
    await foldBatches(db);
    await endJobs(db, ids.slice(11, 20), 'failed');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'running', failed: 19, guardFailed: 10 });
    await endJobs(db, ids.slice(20, 21), 'failed');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'paused', pauseReason: 'failures' });
  });

  it('that is paused is not paused again by its failures, and counts on', async () => {
    const { id, ids } = await seedBatch(db, 20, { pauseOnFailures: { ratio: 0.5, after: 1 } });
    await pauseBatch(db, id, by);
    await endJobs(db, ids.slice(0, 5), 'failed');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({
      state: 'paused',
      pauseReason: 'person',
      failed: 5,
      pausedBy: 'ada',
    });
  });
});
