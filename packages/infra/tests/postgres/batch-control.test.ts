import { anna, claimSettings, databaseForFile, runSql, seedAccounts, seedBatch } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  cancelBatchJobs,
  carryJobs,
  claimJobs,
  foldBatches,
  judgeJob,
  openDatabase,
  pauseBatch,
  resumeBatch,
  retryFailed,
  setBatchCeiling,
  setBatchPriority,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';
import { endJobs } from './end-jobs.js';

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
const statuses = async (ids: readonly string[]) => {
  const rows = await db.prisma.tryOn.groupBy({
    by: ['status'],
    where: { id: { in: [...ids] } },
    _count: { id: true },
  });
  return Object.fromEntries(rows.map((row) => [row.status, row._count.id]));
};
const wrong = (state: string) => ({ kind: 'wrong_state', state });
const done = { kind: 'done' };
const already = { kind: 'already' };

describe('an order to a batch', () => {
  it.each([
    ['receiving', wrong('receiving'), wrong('receiving'), done, wrong('receiving')],
    ['running', done, already, done, done],
    ['paused', already, done, done, done],
    ['canceling', wrong('canceling'), wrong('canceling'), already, wrong('canceling')],
    ['canceled', wrong('canceled'), wrong('canceled'), already, wrong('canceled')],
    ['finished', wrong('finished'), wrong('finished'), wrong('finished'), wrong('finished')],
  ])('that is %s is followed, needless or refused', async (state, pause, resume, cancel, priority) => {
    const fresh = async () => (await seedBatch(db, 1, { state })).id;
    expect(await pauseBatch(db, await fresh(), by)).toEqual(pause);
    expect(await resumeBatch(db, await fresh(), by)).toEqual(resume);
    expect(await cancelBatch(db, await fresh(), by)).toEqual(cancel);
    expect(await setBatchPriority(db, await fresh(), 0)).toEqual(priority);
  });

  it('that is not there says so', async () => {
    const missing = { kind: 'missing' };
    expect(await pauseBatch(db, 'bat_x', by)).toEqual(missing);
    expect(await resumeBatch(db, 'bat_x', by)).toEqual(missing);
    expect(await cancelBatch(db, 'bat_x', by)).toEqual(missing);
    expect(await setBatchPriority(db, 'bat_x', 0)).toEqual(missing);
    expect(await retryFailed(db, 'bat_x', by)).toEqual(missing);
  });

  it('keeps who paused it, and forgets it when it is resumed', async () => {
    const { id } = await seedBatch(db, 1);
    await pauseBatch(db, id, by);
    expect(await batchOf(id)).toMatchObject({ state: 'paused', pauseReason: 'person', pausedBy: 'ada' });
    await resumeBatch(db, id, by);
    expect(await batchOf(id)).toMatchObject({ state: 'running', pauseReason: null, pausedBy: null });
  });
});

describe('canceling', () => {
  it('breaks an upload off', async () => {
    const { id } = await seedBatch(db, 1, { state: 'receiving' });
    await sql(`UPDATE catwalk.batch SET upload_token = 'token', upload_until = now() + interval '1 minute'`);
    await cancelBatch(db, id, by);
    expect(await batchOf(id)).toMatchObject({ state: 'canceling', uploadToken: null, uploadUntil: null });
  });

  it('cancels what is queued in the name of who ordered it, and leaves what is in flight to end', async () => {
    const { id, ids } = await seedBatch(db, 25);
    const { claimed } = await claimJobs(db, ids.slice(0, 3), claimSettings);
    await endJobs(db, ids.slice(3, 6), 'failed');
    await cancelBatch(db, id, by);
    const round = await foldBatches(db);
    expect(round?.canceling).toEqual([{ batchId: id, actor: 'ada' }]);

    const batch = { batchId: id, actor: 'ada' };
    expect(await cancelBatchJobs(db, batch, 10)).toBe(10);
    expect(await cancelBatchJobs(db, batch, 10)).toBe(9);
    await foldBatches(db);

    expect(await statuses(ids)).toEqual({ canceled: 19, failed: 3, submitting: 3 });
    expect(await batchOf(id)).toMatchObject({ state: 'canceling', canceled: 19, pausedBy: 'ada' });
    const [event] = await sql('SELECT kind, actor FROM catwalk.event WHERE try_on_id = $1', [ids[10]]);
    expect(event).toEqual({ kind: 'try_on.canceled', actor: 'ada' });

    for (const { jobId, attemptId } of claimed)
      await judgeJob(db, {
        jobId,
        actor: 'test',
        event: { type: 'attempt', attemptId, event: { type: 'deferred' } },
      });
    expect(await cancelBatchJobs(db, batch, 10)).toBe(3);
    expect((await foldBatches(db))?.moved).toMatchObject([{ batchId: id, move: { kind: 'canceled' } }]);
    expect(await batchOf(id)).toMatchObject({
      state: 'canceled',
      canceled: 22,
      finishedAt: expect.any(Date),
    });
  });
});

describe('retrying what failed', () => {
  it('queues failed jobs again, each once, leaves out what may be billed twice, and counts both', async () => {
    const { id, ids } = await seedBatch(db, 1_300, { maxImages: 5_000 });
    await endJobs(db, ids.slice(0, 1_100), 'failed');
    await endJobs(db, ids.slice(1_100, 1_200), 'canceled');
    const { claimed } = await claimJobs(db, ids.slice(1_200, 1_206), claimSettings);
    for (const { jobId, attemptId } of claimed)
      await judgeJob(db, {
        jobId,
        actor: 'test',
        event: { type: 'attempt', attemptId, event: { type: 'given-up', by: 'deadline' } },
      });
    await endJobs(db, ids.slice(1_206), 'succeeded');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'finished', failed: 1_106 });

    expect(await retryFailed(db, id, by)).toEqual({ kind: 'done', retried: 1_100, leftOut: { unproven: 6 } });

    expect(await statuses(ids)).toEqual({ queued: 1_100, canceled: 100, failed: 6, succeeded: 94 });
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({
      state: 'running',
      failed: 6,
      finishedAt: null,
      guardEnded: 100,
      guardFailed: 6,
      uploadUntil: null,
    });
    expect(await db.prisma.ceiling.findMany()).toMatchObject([{ name: id, images: 5_000 }]);
    await endJobs(db, ids.slice(0, 1_100), 'failed');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({ state: 'finished', failed: 1_106, uploadUntil: null });
  });

  it('leaves a batch of which nothing failed as it is', async () => {
    const { id, ids } = await seedBatch(db, 2);
    await endJobs(db, ids, 'succeeded');
    await foldBatches(db);
    const before = await batchOf(id);
    expect(await retryFailed(db, id, by)).toEqual({ kind: 'done', retried: 0, leftOut: {} });
    expect(await batchOf(id)).toMatchObject({ state: 'finished', finishedAt: before.finishedAt });
  });

  it('of a paused batch waits for its resume', async () => {
    const { id, ids } = await seedBatch(db, 5);
    await endJobs(db, ids.slice(0, 2), 'failed');
    await pauseBatch(db, id, by);
    expect(await retryFailed(db, id, by)).toMatchObject({ retried: 2 });
    expect(await carryJobs(db)).toEqual([]);
    expect(await batchOf(id)).toMatchObject({ state: 'paused', pauseReason: 'person' });
  });

  it.each(['receiving', 'canceling', 'canceled'])('is refused of one that is %s', async (state) => {
    const { id, ids } = await seedBatch(db, 2, { state });
    await endJobs(db, ids.slice(0, 1), 'failed');
    expect(await retryFailed(db, id, by)).toEqual(wrong(state));
    expect(await statuses(ids)).toEqual({ failed: 1, queued: 1 });
  });

  it('does not let the batch finish between two chunks', async () => {
    const { id, ids } = await seedBatch(db, 1_100);
    await endJobs(db, ids, 'failed');
    await foldBatches(db);
    let retrying = true;
    const moves: string[] = [];
    const folder = (async () => {
      while (retrying) for (const { move } of (await foldBatches(db))?.moved ?? []) moves.push(move.kind);
    })();
    await retryFailed(db, id, by);
    retrying = false;
    await folder;
    expect(moves).toEqual([]);
    expect(await statuses(ids)).toEqual({ queued: 1_100 });
  });
});

describe('another priority', () => {
  it('holds for all that is queued and not carried, and for no other batch', async () => {
    await seedAccounts(db, { [anna]: 10 });
    const { id, ids } = await seedBatch(db, 4_100);
    const other = await seedBatch(db, 3);
    await endJobs(db, ids.slice(0, 2), 'failed');
    await sql('UPDATE catwalk.batch SET state = $2 WHERE id = $1', [other.id, 'paused']);
    await carryJobs(db);
    await setBatchCeiling(db, id, null);

    expect(await setBatchPriority(db, id, 0)).toEqual(done);

    const rows = await sql<{
      batch_id: string;
      status: string;
      carried: boolean;
      priority: number;
      n: number;
    }>(
      `SELECT batch_id, status, carried_at IS NOT NULL AS carried, priority, count(*)::int AS n FROM catwalk.try_on
       GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3`,
    );
    expect(rows).toEqual([
      { batch_id: id, status: 'failed', carried: false, priority: 1, n: 2 },
      { batch_id: id, status: 'queued', carried: false, priority: 0, n: 4_088 },
      { batch_id: id, status: 'queued', carried: true, priority: 1, n: 10 },
      { batch_id: other.id, status: 'queued', carried: false, priority: 1, n: 3 },
    ]);
    expect(await batchOf(id)).toMatchObject({ priority: 0 });
  });
});
