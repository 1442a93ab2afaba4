import { anna, databaseForFile, eventually, runSql, seedAccounts, seedBatch } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { holdForRetry, releaseRetry } from '../../src/postgres/hold-for-retry.js';
import {
  cancelBatch,
  cancelBatchJobs,
  type Database,
  foldBatches,
  judgeJob,
  openDatabase,
  pauseBatch,
  retryFailed,
} from '../../src/postgres/index.js';
import { PAUSE_LOCK } from '../../src/postgres/keep-pauses.js';
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

/** Holds what a statement locks, until the work is done. */
async function whileLocked(lock: string, work: () => Promise<void>): Promise<void> {
  await db.prisma.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe(lock);
      await work();
    },
    { timeout: 30_000 },
  );
}

const untilOneWaits = () => untilWaiting(1);
const untilWaiting = (count: number) =>
  eventually(async () => {
    const rows = await sql('SELECT 1 FROM pg_locks WHERE NOT granted');
    expect(rows.length).toBeGreaterThanOrEqual(count);
  });

/** The same database to a process that stands still once, right before it saves what it has judged. */
function standingStill(work: () => Promise<void>): Database {
  let isOver = false;
  const ask = db.prisma.$queryRaw.bind(db.prisma) as (...args: readonly unknown[]) => Promise<unknown>;
  const $queryRaw = async (strings: TemplateStringsArray, ...values: readonly unknown[]) => {
    if (!isOver && strings.join('').includes('UPDATE catwalk.try_on')) {
      isOver = true;
      await work();
    }
    return ask(strings, ...values);
  };
  const prisma = new Proxy(db.prisma, {
    get: (target, name) => (name === '$queryRaw' ? $queryRaw : Reflect.get(target, name)),
  });
  return { ...db, prisma };
}

/** As if nobody had renewed the hold of a retry in time. */
const loseHold = (id: string) =>
  sql(`UPDATE catwalk.batch SET upload_until = now() - interval '1 second' WHERE id = $1`, [id]);

/** A batch that is finished, all of it failed. */
async function seedFailed(lines: number, settings: Parameters<typeof seedBatch>[2] = {}) {
  const batch = await seedBatch(db, lines, settings);
  await endJobs(db, batch.ids, 'failed');
  await foldBatches(db);
  return batch;
}

describe('retrying what failed', () => {
  it('lets a cancel of the batch wait for the chunk that is being saved, whose jobs are then canceled too', async () => {
    const { id, ids } = await seedFailed(3);
    let both: Promise<unknown> = Promise.resolve();
    await whileLocked(`SELECT FROM catwalk.try_on WHERE id = '${ids[1]}' FOR NO KEY UPDATE`, async () => {
      const retrying = retryFailed(db, id, by);
      await untilWaiting(1);
      both = Promise.all([retrying, cancelBatch(db, id, by)]);
      await untilWaiting(2);
    });
    expect(await both).toEqual([{ kind: 'done', retried: 3, leftOut: {} }, { kind: 'done' }]);
    expect((await foldBatches(db))?.canceling).toEqual([{ batchId: id, actor: 'ada' }]);
    expect(await cancelBatchJobs(db, { batchId: id, actor: 'ada' }, 10)).toBe(3);
    await foldBatches(db);

    expect(await batchOf(id)).toMatchObject({ state: 'canceled', canceled: 3, failed: 0 });
  });

  it('queues nothing of a batch that was canceled while the process stood still, however long', async () => {
    const { id } = await seedFailed(3);
    const still = standingStill(async () => {
      await loseHold(id);
      expect(await cancelBatch(db, id, by)).toEqual({ kind: 'done' });
      await foldBatches(db);
      expect(await batchOf(id)).toMatchObject({ state: 'canceled', failed: 3 });
    });

    expect(await retryFailed(still, id, by)).toEqual({ kind: 'done', retried: 0, leftOut: {} });

    expect(await batchOf(id)).toMatchObject({ state: 'canceled' });
    expect(await db.prisma.tryOn.count({ where: { status: 'failed' } })).toBe(3);
  });

  it('makes a batch run again that has ended while the process stood still, and then queues its jobs', async () => {
    const { id } = await seedFailed(3, { maxImages: 50 });
    const still = standingStill(async () => {
      await loseHold(id);
      await foldBatches(db);
      expect(await batchOf(id)).toMatchObject({ state: 'finished' });
    });

    expect(await retryFailed(still, id, by)).toEqual({ kind: 'done', retried: 3, leftOut: {} });

    expect(await batchOf(id)).toMatchObject({ state: 'running', uploadUntil: null });
    expect(await db.prisma.ceiling.findMany()).toMatchObject([{ name: id, images: 50 }]);
  });

  it('holds it open for as long as a chunk takes to be judged', async () => {
    const { id } = await seedFailed(1);
    const slow = standingStill(async () => {
      const first = (await batchOf(id)).uploadUntil?.getTime() ?? Number.NaN;
      await eventually(async () =>
        expect((await batchOf(id)).uploadUntil?.getTime()).toBeGreaterThan(first + 1_000),
      );
    });
    expect(await retryFailed(slow, id, by)).toMatchObject({ retried: 1 });
    expect(await batchOf(id)).toMatchObject({ state: 'running', uploadUntil: null });
  });

  it('holds it open for each of two who do it, whoever ends first', async () => {
    const { id } = await seedFailed(2);
    const [first, second] = [
      { batchId: id, token: 'first' },
      { batchId: id, token: 'second' },
    ];
    expect(await holdForRetry(db, first, { isFirst: true })).toBe('finished');
    expect(await holdForRetry(db, second, { isFirst: true })).toBe('running');
    await releaseRetry(db, second);
    expect((await foldBatches(db))?.moved).toEqual([]);
    await holdForRetry(db, second, { isFirst: true });
    await releaseRetry(db, first);
    expect((await foldBatches(db))?.moved).toEqual([]);
  });
});

describe('an order that waits for claims', () => {
  it.each([
    ['pause', pauseBatch],
    ['cancel', cancelBatch],
  ])('to %s does not lock its batch meanwhile', async (_, order) => {
    const { id } = await seedBatch(db, 1);
    let ordered: Promise<unknown> = Promise.resolve();
    await whileLocked(`SELECT pg_advisory_xact_lock_shared(${PAUSE_LOCK})::text`, async () => {
      ordered = order(db, id, by);
      await untilOneWaits();
      await sql('SELECT 1 FROM catwalk.batch WHERE id = $1 FOR NO KEY UPDATE NOWAIT', [id]);
    });
    expect(await ordered).toEqual({ kind: 'done' });
  });
});

describe('a finished batch one of whose failed jobs is retried singly', () => {
  const retry = (jobId: string) =>
    judgeJob(db, { jobId, actor: 'shop', event: { type: 'retried-by-client', mayBillTwice: false } });

  it('runs again, within its ceiling, until that one has ended', async () => {
    const { id, ids } = await seedFailed(40, { maxImages: 50, pauseOnFailures: { ratio: 0.5, after: 1 } });
    expect(await db.prisma.ceiling.count()).toBe(0);

    await retry(ids[0] ?? '');
    expect((await foldBatches(db))?.moved).toMatchObject([{ batchId: id, move: { kind: 'running' } }]);
    await foldBatches(db);

    expect(await batchOf(id)).toMatchObject({
      state: 'running',
      failed: 39,
      finishedAt: null,
      guardEnded: 39,
    });
    expect(await db.prisma.ceiling.findMany()).toMatchObject([{ scope: 'batch', name: id, images: 50 }]);
    await endJobs(db, ids.slice(0, 1), 'succeeded');
    await foldBatches(db);
    expect(await batchOf(id)).toMatchObject({
      state: 'finished',
      succeeded: 1,
      finishedAt: expect.any(Date),
    });
    expect(await db.prisma.ceiling.count()).toBe(0);
  });

  it('gets its ceiling back only when the claims under way have ended', async () => {
    const { id, ids } = await seedFailed(2, { maxImages: 50 });
    await retry(ids[0] ?? '');
    let folding: ReturnType<typeof foldBatches> = Promise.resolve(null);
    await whileLocked('SELECT FROM catwalk.account FOR NO KEY UPDATE', async () => {
      folding = foldBatches(db);
      await untilOneWaits();
      await sql('SELECT 1 FROM catwalk.batch WHERE id = $1 FOR NO KEY UPDATE NOWAIT', [id]);
    });
    expect((await folding)?.moved).toMatchObject([{ move: { kind: 'running' } }]);
  });
});
