import {
  claimSettings,
  databaseForFile,
  newTryOn,
  runSql,
  seedAccounts,
  seedTryOns,
  startAttempts,
} from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  carryJobs,
  claimJobs,
  insertTryOns,
  judgeJob,
  keepCeilings,
  listBudgets,
  openDatabase,
  putBack,
  recountBudgets,
  setBatchCeiling,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 12 });
afterAll(() => db.close());
const accounts = ['anna', 'ben', 'cleo', 'dan'].map((name) => `${name}@example.com`);
const [anna = ''] = accounts;
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, Object.fromEntries(accounts.map((email) => [email, 50])));
});

const sql = <Row>(text: string, values?: unknown[]) => runSql<Row & object>(database.url, text, values);
const ceilings = (all: number | null, clients: Record<string, number> = {}) =>
  keepCeilings(db, { all, clients: new Map(Object.entries(clients)) });
const claim = (ids: readonly string[], account = anna) => claimJobs(db, ids, { ...claimSettings, account });
const idsOf = (jobs: readonly { readonly id: string }[]) => jobs.map((job) => job.id);
const submitted = async () => {
  const [row] = await sql<{ n: number }>('SELECT sum(image_count)::int AS n FROM catwalk.attempt');
  return row?.n ?? 0;
};
/** What the worker does with the next jobs: carry, claim, and put back what found no slot or budget. */
const startNext = async () => {
  const carried = idsOf(await carryJobs(db));
  const { claimed, withoutSlot, reached } = await claim(carried);
  await putBack(db, withoutSlot);
  return { carried, started: claimed.map((job) => job.jobId), reached };
};

describe('a ceiling', () => {
  it('is never passed by claims on several accounts at once, and used up to the last image', async () => {
    await ceilings(100);
    const ids = await seedTryOns(db, 320);

    const claims = await Promise.all(
      Array.from({ length: 16 }, (_, n) => claim(ids.slice(n * 20, n * 20 + 20), accounts[n % 4])),
    );

    expect(claims.flatMap(({ claimed }) => claimed)).toHaveLength(100);
    expect(claims.flatMap(({ withoutSlot }) => withoutSlot)).toHaveLength(220);
    expect(await submitted()).toBe(100);
    const reached = claims.flatMap((one) => one.reached);
    expect(reached).toMatchObject([{ scope: 'day', name: '', limitImages: 100 }]);
  });

  it('that is set while claims are under way counts what they start', async () => {
    const ids = await seedTryOns(db, 160);
    const claims = Array.from({ length: 8 }, (_, n) =>
      claim(ids.slice(n * 10, n * 10 + 10), accounts[n % 4]),
    );
    const later = ceilings(90).then(() =>
      Promise.all(accounts.map((email, n) => claim(ids.slice(80 + n * 20, 100 + n * 20), email))),
    );
    await Promise.all([...claims, later]);

    expect(await submitted()).toBe(90);
  });

  it('of a client or a batch holds nobody else back', async () => {
    await ceilings(null, { studio: 3 });
    await setBatchCeiling(db, 'bat_1', 2);
    const ofStudio = await seedTryOns(db, 5, { client: 'studio' });
    const ofBatch = await seedTryOns(db, 5);
    await sql(`UPDATE catwalk.try_on SET batch_id = 'bat_1', flow = 'bat_1' WHERE id = ANY($1)`, [ofBatch]);
    const others = await seedTryOns(db, 5);

    const { claimed, withoutSlot, reached } = await claim([...ofStudio, ...ofBatch, ...others]);

    expect(claimed.map((job) => job.jobId)).toEqual([
      ...ofStudio.slice(0, 3),
      ...ofBatch.slice(0, 2),
      ...others,
    ]);
    expect(withoutSlot).toHaveLength(5);
    expect(reached.map(({ scope, name }) => [scope, name])).toEqual([
      ['client', 'studio'],
      ['batch', 'bat_1'],
    ]);
  });

  it('counts what was sent today or may have been, and what was billed where that is known', async () => {
    await ceilings(100, { shop: 100 });
    await setBatchCeiling(db, 'bat_1', 100);
    const states = ['sending', 'unknown', 'accepted', 'ended_succeeded', 'ended_failed', 'given_up'];
    const free = ['refused', 'deferred', 'never_sent', 'disproved'];
    const jobs = await seedTryOns(db, states.length + free.length + 2, { imageCount: 2 });
    await startAttempts(db, jobs);
    const set = (id: string | undefined, change: string) =>
      sql(`UPDATE catwalk.attempt SET ${change} WHERE try_on_id = $1`, [id]);
    for (const [n, state] of [...states, ...free].entries()) await set(jobs[n], `state = '${state}'`);
    const [yesterday, lessBilled] = jobs.slice(-2);
    await set(yesterday, `sent_at = date_trunc('day', now(), 'UTC') - interval '1 second'`);
    await set(lessBilled, `state = 'ended_succeeded', images_billed = 1`);
    await sql(`UPDATE catwalk.attempt SET batch_id = 'bat_1'`);
    await sql('UPDATE catwalk.ceiling SET reached_at = now()');
    await recountBudgets(db);

    const left = (await listBudgets(db.prisma)).map(({ scope, leftImages }) => [scope, leftImages]);
    expect(left).toEqual([
      ['batch', 100 - 15],
      ['client', 100 - 13],
      ['day', 100 - 13],
    ]);
  });

  it('is the word of who wrote last, and a batch’s of nobody else', async () => {
    await ceilings(5, { shop: 1, studio: 2 });
    await setBatchCeiling(db, 'bat_1', 7);
    await ceilings(9, { studio: 3 });
    const rows = await sql('SELECT scope, name, images FROM catwalk.ceiling ORDER BY scope');
    expect(rows).toEqual([
      { scope: 'batch', name: 'bat_1', images: 7 },
      { scope: 'client', name: 'studio', images: 3 },
      { scope: 'day', name: '', images: 9 },
    ]);
    await setBatchCeiling(db, 'bat_1', null);
    await ceilings(null);
    expect(await sql('SELECT * FROM catwalk.ceiling')).toEqual([]);
  });
});

describe('what has no budget', () => {
  it('is carried once, and again only when there is one', async () => {
    await ceilings(3);
    const ids = await seedTryOns(db, 30);
    expect(await startNext()).toMatchObject({ started: ids.slice(0, 3), reached: [{ scope: 'day' }] });

    expect(await startNext()).toMatchObject({ carried: [], reached: [] });
    await ceilings(5);
    expect((await startNext()).started).toEqual(ids.slice(3, 5));
    expect((await startNext()).carried).toEqual([]);
    await sql(`UPDATE catwalk.attempt SET sent_at = sent_at - interval '1 day'`);
    await sql(`UPDATE catwalk.ceiling SET reached_at = reached_at - interval '1 day'`);
    expect(await startNext()).toMatchObject({ started: ids.slice(5, 10), reached: [{ scope: 'day' }] });
  });

  it('has one again when a submit proves not to have arrived', async () => {
    await ceilings(2);
    const ids = await seedTryOns(db, 4);
    await startNext();
    const [attempt] = await sql<{ id: string; job: string }>(
      'SELECT id, try_on_id AS job FROM catwalk.attempt ORDER BY number, id LIMIT 1',
    );
    if (attempt === undefined) throw new Error('two jobs were to start');
    const event = { type: 'deferred' } as const;
    await judgeJob(db, {
      jobId: attempt.job,
      actor: 'provider',
      event: { type: 'attempt', attemptId: attempt.id, event },
    });
    await sql(`UPDATE catwalk.try_on SET due_at = now() + interval '1 hour' WHERE id = $1`, [attempt.job]);

    expect((await startNext()).carried).toEqual([]);
    await recountBudgets(db);
    // One place, one job: not the whole lane.
    expect(await startNext()).toMatchObject({ carried: ids.slice(2, 3), started: ids.slice(2, 3) });
  });

  it('leaves the lane to the clients that have one', async () => {
    await ceilings(null, { studio: 0 });
    await seedTryOns(db, 200, { client: 'studio', priority: 0 });
    await startNext();
    const others = await seedTryOns(db, 20, { client: 'boutique', priority: 2 });

    expect((await startNext()).started).toEqual(others);
  });

  it('leaves what is left to jobs that ask for less, however many stand before them', async () => {
    await seedAccounts(db, { [anna]: 10 });
    await ceilings(3);
    const large = Array.from({ length: 90 }, () => newTryOn({ imageCount: 4 }));
    const small = [newTryOn({ imageCount: 2 }), newTryOn({ imageCount: 2 }), newTryOn()];
    await insertTryOns(db, [...large, ...small]);

    const started: string[] = [];
    for (let round = 0; round < 4; round += 1) started.push(...(await startNext()).started);
    expect(started).toEqual([small[0]?.id, small[2]?.id]);
    expect((await startNext()).carried).toEqual([]);
  });
});

it('jobs of one client that ask for different numbers of images keep their order', async () => {
  await seedAccounts(db, { [anna]: 10 });
  const rows = Array.from({ length: 20 }, (_, n) => newTryOn({ imageCount: 1 + (n % 4) }));
  await insertTryOns(db, rows);
  const ids = rows.map((row) => row.id);
  expect((await startNext()).started).toEqual(ids.slice(0, 10));
});
