import { type AttemptEvent, decide } from '@catwalk/core';
import { anna, databaseForFile, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  deleteTryOns,
  dropOld,
  findTryOn,
  judgeJob,
  judgeJobs,
  keepArchiveSetting,
  leasePictures,
  listResults,
  openDatabase,
  postponePicture,
  savePicture,
  takeRemovals,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';
import { recordPlans, scannedTables } from './record-plans.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 1_000 });
  await keepArchiveSetting(db, true);
});

interface Target {
  readonly jobId: string;
  readonly attemptId: string;
}
const started = async (): Promise<Target> =>
  (await startAttempts(db, await seedTryOns(db, 1)))[0] ?? { jobId: '', attemptId: '' };
const happen = async ({ jobId, attemptId }: Target, event: AttemptEvent) =>
  judgeJob(db, { jobId, actor: 'worker', event: { type: 'attempt', attemptId, event } });
let tasks = 0;
const accept = async (target: Target): Promise<string> => {
  tasks += 1;
  await happen(target, { type: 'accepted', taskId: String(tasks), provisional: false });
  return String(tasks);
};
const image = (n: number) => ({ url: `https://cdn.example/${n}.png`, width: 768, height: 1024 });
async function succeeded(images = 1): Promise<Target> {
  const target = await started();
  const taskId = await accept(target);
  await happen(target, {
    type: 'succeeded',
    taskId,
    images: Array.from({ length: images }, (_, n) => image(n)),
  });
  return target;
}
const facts = {
  contentType: 'image/png',
  bytes: 10,
  sha256: 'ab',
  width: 1,
  height: 1,
  providerUrl: 'https://x.example',
};
const rows = () => db.prisma.archivedImage.findMany({ orderBy: { id: 'asc' } });
const remove = ({ jobId }: Target) => deleteTryOns(db, [jobId], 'shop');

describe('pictures to be archived', () => {
  it('are noted by the statement that records the success, for each image', async () => {
    const { jobId, attemptId } = await succeeded(3);
    expect(await rows()).toMatchObject(
      [0, 1, 2].map((position) => ({
        attemptId,
        tryOnId: jobId,
        position,
        state: 'waiting',
        providerUrl: image(position).url,
      })),
    );
  });

  it('are noted also for a canceled job, whose images were paid for, and once only', async () => {
    const target = await started();
    const taskId = await accept(target);
    await judgeJob(db, { jobId: target.jobId, actor: 'shop', event: { type: 'canceled-by-client' } });
    for (let n = 0; n < 2; n += 1) await happen(target, { type: 'succeeded', taskId, images: [image(0)] });
    expect((await findTryOn(db, null, target.jobId))?.status).toBe('canceled');
    expect(await rows()).toHaveLength(1);
  });

  it('are not noted where nobody archives', async () => {
    await keepArchiveSetting(db, false);
    await succeeded();
    expect(await rows()).toEqual([]);
  });

  it('are leased once, the oldest addresses first, also before those that rest', async () => {
    const jobs = [];
    for (let n = 0; n < 4; n += 1) jobs.push(await succeeded());
    const [first] = await leasePictures(db, { leaseMs: 60_000, limit: 1 });
    expect(first?.tryOnId).toBe(jobs[0]?.jobId);
    if (first === undefined) return;
    await postponePicture(db, { ...first, error: 'timeout' }, { restMs: 0, counts: true, warn: false });
    const next = await leasePictures(db, { leaseMs: 60_000, limit: 2 });
    expect(next.map((each) => [each.tryOnId, each.tries])).toEqual([
      [jobs[0]?.jobId, 2],
      [jobs[1]?.jobId, 1],
    ]);
    const rest = await Promise.all([1, 2].map(() => leasePictures(db, { leaseMs: 60_000, limit: 10 })));
    expect(
      rest
        .flat()
        .map((each) => each.tryOnId)
        .sort(),
    ).toEqual(jobs.slice(2).map(({ jobId }) => jobId));
  });

  it('are not a try nearer to their end when our own store took nothing', async () => {
    await succeeded();
    const lease = async () => (await leasePictures(db, { leaseMs: 60_000, limit: 1 }))[0];
    const picture = await lease();
    if (picture === undefined) throw new Error('no picture was leased');
    const failed = { ...picture, error: 'store_unavailable' };
    await postponePicture(db, failed, { restMs: 0, counts: false, warn: false });
    expect(await lease()).toMatchObject({ id: picture.id, tries: picture.tries });
  });

  it('saved all at once are told once, by the save that was the last', async () => {
    const { jobId } = await succeeded(4);
    const leased = await leasePictures(db, { leaseMs: 60_000, limit: 10 });
    const saved = await Promise.all(leased.map((each) => savePicture(db, each, facts)));
    expect(saved).toEqual(['saved', 'saved', 'saved', 'saved']);
    const events = await db.prisma.event.findMany({ where: { tryOnId: jobId, kind: 'try_on.archived' } });
    expect(events.map((event) => event.data)).toEqual([{ pictures: 4, bytes: 40 }]);
    const outbox = await db.prisma.eventOutbox.findMany({ where: { type: 'try_on.archived' } });
    expect(outbox).toMatchObject([{ client: 'shop', tryOnId: jobId, actor: 'worker' }]);
    expect((await findTryOn(db, null, jobId))?.archive.map((each) => each.state)).toEqual(
      Array(4).fill('saved'),
    );
  });
});

describe('a deleted job', () => {
  it('has the store rid of its pictures, its copies, and of what is still being fetched when that is over', async () => {
    const saved = await succeeded();
    const [leased] = await leasePictures(db, { leaseMs: 60_000, limit: 1 });
    if (leased === undefined) throw new Error('a picture was to be leased');
    await savePicture(db, leased, facts);
    await db.prisma.archivedImage.updateMany({ data: { thumbnails: [64, 128] } });
    const waiting = await succeeded();
    await remove(saved);
    await remove(waiting);
    const removed: string[] = [];
    await takeRemovals(db, 100, async (keys) => void removed.push(...keys));
    const place = (kind: string) => `${kind}/${saved.attemptId.slice(-2)}/${saved.attemptId}-0`;
    expect(removed.sort()).toEqual(
      [place('try-ons'), `${place('thumbnails')}-w64`, `${place('thumbnails')}-w128`].sort(),
    );
    const [left] = await db.prisma.pictureRemoval.findMany();
    expect(left?.key).toContain(waiting.attemptId);
  });

  it('is tried again later where the store does not remove', async () => {
    const target = await succeeded();
    await remove(target);
    await db.prisma.pictureRemoval.updateMany({ data: { dueAt: new Date(0) } });
    const away = takeRemovals(db, 100, () => Promise.reject(new Error('away')));
    await expect(away).rejects.toThrow('away');
    expect(await takeRemovals(db, 100, async () => undefined)).toBe(0);
    const [left] = await db.prisma.pictureRemoval.findMany();
    expect(left?.dueAt.getTime()).toBeGreaterThan(Date.now());
  });

  it('counts a late result in its bill, and keeps neither the images nor what the callback said', async () => {
    const target = await started();
    const taskId = await accept(target);
    await happen(target, { type: 'given-up', lookAgainInMs: 3_600_000, by: 'deadline' });
    await remove(target);
    const { nextCheckAt, replyRef } = await db.prisma.attempt.findUniqueOrThrow({
      where: { id: target.attemptId },
    });
    expect(nextCheckAt).toBeNull();
    const event = { type: 'succeeded', taskId, images: [image(0)], by: 'callback' } as const;
    await judgeJobs(db, [
      {
        locate: { replyRef },
        actor: 'provider',
        judge: (job, now) => ({
          result: null,
          decision: job && decide(job, { type: 'attempt', attemptId: target.attemptId, event }, now),
          callback: {
            id: 'cb_late',
            replyRef,
            attemptId: target.attemptId,
            tryOnId: target.jobId,
            decision: 'applied',
            body: Buffer.from('{"secret":1}'),
            headers: { 'user-agent': 'x' },
            contentHash: 'hash',
          },
        }),
      },
    ]);
    const attempt = await db.prisma.attempt.findUnique({ where: { id: target.attemptId } });
    expect(attempt).toMatchObject({ state: 'ended_succeeded', imagesBilled: 1, images: [] });
    const callback = await db.prisma.callback.findUnique({ where: { id: 'cb_late' } });
    expect([callback?.body.length, callback?.headers]).toEqual([0, {}]);
    expect(await rows()).toEqual([]);
  });

  it('is a line of its batch’s results still, without what it was', async () => {
    const target = await succeeded();
    await runSql(database.url, `UPDATE catwalk.try_on SET batch_id = 'bat_1', batch_line = 1 WHERE id = $1`, [
      target.jobId,
    ]);
    await runSql(
      database.url,
      `INSERT INTO catwalk.batch_result (try_on_id, batch_id) VALUES ($1, 'bat_1')`,
      [target.jobId],
    );
    await remove(target);
    const page = await listResults(db, { batchId: 'bat_1', statuses: ['succeeded'], after: 0n, limit: 10 });
    expect(page.rows).toMatchObject([
      { id: target.jobId, line: 1, images: [], humanImage: '', deletedAt: expect.any(Date) },
    ]);
  });
});

describe('what is old', () => {
  const age = (table: string, column: string, days: number, where = 'true') =>
    runSql(
      database.url,
      `UPDATE catwalk.${table} SET ${column} = now() - interval '${days} days' WHERE ${where}`,
    );

  it('is dropped down to the bill, unless somebody still looks for it at the provider', async () => {
    const done = await succeeded();
    const looked = await started();
    await accept(looked);
    await happen(looked, { type: 'given-up', lookAgainInMs: 3_600_000, by: 'deadline' });
    const young = await succeeded();
    await age('try_on', 'finished_at', 8, `id <> '${young.jobId}'`);
    expect(await dropOld(db, 7)).toMatchObject({ tryOns: 1 });
    expect(await dropOld(db, 7)).toMatchObject({ tryOns: 0 });
    expect((await findTryOn(db, null, done.jobId))?.deletedAt).not.toBeNull();
    for (const { jobId } of [looked, young]) expect((await findTryOn(db, null, jobId))?.deletedAt).toBeNull();
  });

  it('goes of the event log from its beginning, and callbacks that belong to nobody go', async () => {
    await runSql(
      database.url,
      `INSERT INTO catwalk.published_event (id, type, actor, at)
       SELECT 'evt_' || n, 'try_on.queued', 'x', now() - (300 - n) * interval '1 day' FROM generate_series(1, 300) n`,
    );
    await runSql(
      database.url,
      `INSERT INTO catwalk.callback (id, reply_ref, decision, body, headers, content_hash, received_at, last_received_at)
       SELECT 'cb_' || n, 'r' || n, 'malformed', '', '{}', '', now() - n * interval '1 day', now() FROM generate_series(1, 20) n`,
    );
    const dropped = [await dropOld(db, 10), await dropOld(db, 10)];
    expect(dropped.map(({ events, callbacks }) => [events, callbacks])).toEqual([
      [200, 11],
      [90, 0],
    ]);
  });
});

it('reads no table through, however much is kept', async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, image_count, priority, lane, status, status_since, due_at,
       created_at, updated_at, finished_at)
     SELECT 'try_' || lpad(n::text, 32, '0'), 'shop', 'api', 'https://a.example', 1, 1, '*', 'succeeded', now(), now(), now(), now(),
       now() - interval '1 hour' FROM generate_series(1, 50000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count, sent_at,
       deadline_at, images)
     SELECT 'att_' || lpad(n::text, 32, '0'), 'try_' || lpad(n::text, 32, '0'), 'shop', 1, 'ref_' || n, 'a', 'ended_succeeded', now(), 1,
       now(), now(), '[]' FROM generate_series(1, 50000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.archived_image (attempt_id, position, try_on_id, state, provider_url, created_at, due_at)
     SELECT 'att_' || lpad(n::text, 32, '0'), 0, 'try_' || lpad(n::text, 32, '0'), CASE WHEN n % 10 = 0 THEN 'waiting' ELSE 'saved' END,
       'https://a.example', now(), now() FROM generate_series(1, 50000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.published_event (id, type, actor, at) SELECT 'evt_' || n, 'x', 'x', now() FROM generate_series(1, 20000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.event (try_on_id, kind, actor, at)
     SELECT 'try_' || lpad(n::text, 32, '0'), 'x', 'x', now() FROM generate_series(1, 50000) n`,
  );
  for (const table of [
    'try_on',
    'attempt',
    'archived_image',
    'published_event',
    'event',
    'callback',
    'picture_removal',
  ])
    await runSql(database.url, `VACUUM ANALYZE catwalk.${table}`);
  const big = ['try_on', 'attempt', 'archived_image', 'published_event', 'event'];
  const { db: watched, plans } = recordPlans(db);
  const [leased] = await leasePictures(watched, { leaseMs: 1, limit: 8 });
  await postponePicture(
    watched,
    { ...(leased as NonNullable<typeof leased>), error: 'timeout' },
    { restMs: 1, counts: true, warn: true },
  );
  await deleteTryOns(watched, [`try_${'7'.padStart(32, '0')}`], 'shop');
  await dropOld(watched, 7);
  expect(plans.length).toBeGreaterThan(6);
  expect(plans.flatMap(scannedTables).filter((table) => big.includes(table))).toEqual([]);
});
