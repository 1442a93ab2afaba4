import { anna, databaseForFile, runSql, seedAccounts, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { carryJobs, forgetTurns, openDatabase, putBack } from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 10 });
});

const sql = <Row>(text: string, values: unknown[] = []) => runSql<Row>(database.url, text, values);

/** So many jobs of a batch, as they will be stored when there are batches. */
async function seedBatch(count: number, batch: string, client: string): Promise<string[]> {
  const ids = await seedTryOns(db, count, { client });
  await sql('UPDATE catwalk.try_on SET batch_id = $2, flow = $2 WHERE id = ANY($1)', [ids, batch]);
  return ids;
}

/** Fills the lane once and starts everything in it. */
async function startNext(): Promise<string[]> {
  const ids = (await carryJobs(db)).map((job) => job.id);
  await sql(`UPDATE catwalk.try_on SET status = 'processing', carried_at = NULL WHERE id = ANY($1)`, [ids]);
  return ids;
}

const age = (ids: readonly string[], hours: number) =>
  sql(
    `UPDATE catwalk.try_on SET created_at = clock_timestamp() - $2 * interval '1 hour' WHERE id = ANY($1)`,
    [ids, hours],
  );
const among = (ids: readonly string[], some: readonly string[]) =>
  ids.filter((id) => some.includes(id)).length;

describe('clients', () => {
  it('take turns: a batch of hundreds in front delays ten jobs of another by no more than as many', async () => {
    await seedBatch(300, 'bat_big', 'studio');
    await startNext();
    const few = await seedTryOns(db, 10, { client: 'boutique' });

    expect(among(await startNext(), few)).toBe(5);
    expect(among(await startNext(), few)).toBe(5);
  });

  it('with many kinds of jobs have no more turns than one with few', async () => {
    const single = await seedTryOns(db, 30, { client: 'boutique' });
    for (let batch = 0; batch < 9; batch += 1) await seedBatch(5, `bat_${batch}`, 'studio');

    for (let round = 0; round < 4; round += 1) expect(among(await startNext(), single)).toBe(5);
  });

  it('whose turn it is are remembered from one job to the next', async () => {
    for (const client of ['one', 'two', 'three']) await seedTryOns(db, 20, { client });
    await carryJobs(db);
    const started: string[] = [];
    for (let n = 0; n < 9; n += 1) {
      const [row] = await sql<{ id: string }>(
        `UPDATE catwalk.try_on SET status = 'processing', carried_at = NULL WHERE id = (SELECT id FROM catwalk.try_on
           WHERE carried_at IS NOT NULL ORDER BY id LIMIT 1) RETURNING id`,
      );
      expect(row).toBeDefined();
      for (const { id } of await carryJobs(db)) started.push(id);
    }

    const clients = await sql<{ client: string; n: number }>(
      'SELECT client, count(*)::int AS n FROM catwalk.try_on WHERE id = ANY($1) GROUP BY client',
      [started],
    );
    expect(clients.map((row) => row.n)).toEqual([3, 3, 3]);
  });

  it('share a lane evenly at every tenth of 10,000 jobs', { timeout: 60_000 }, async () => {
    await seedAccounts(db, { [anna]: 50 });
    await seedMany(5_000, 'studio');
    await seedMany(5_000, 'boutique');
    const finished: Record<string, number> = { studio: 0, boutique: 0 };
    const indexes: number[] = [];
    for (let tenth = 0; tenth < 10; tenth += 1) {
      for (let round = 0; round < 20; round += 1) await startAndCount(finished);
      indexes.push(jainIndex(Object.values(finished)));
    }

    expect(finished).toEqual({ studio: 5_000, boutique: 5_000 });
    expect(Math.min(...indexes)).toBeGreaterThanOrEqual(0.95);
  });
});

describe('batches of one client', () => {
  it('take turns, also with what is not in a batch', async () => {
    const big = await seedBatch(200, 'bat_big', 'studio');
    const small = await seedBatch(9, 'bat_small', 'studio');
    const single = await seedTryOns(db, 9, { client: 'studio' });

    const started = [...(await startNext()), ...(await startNext()), ...(await startNext())];
    expect([among(started, big), among(started, small), among(started, single)]).toEqual([12, 9, 9]);
  });
});

describe('classes', () => {
  it('put high before normal before low, whoever has a turn', async () => {
    const low = await seedTryOns(db, 10, { client: 'one', priority: 2 });
    const normal = await seedTryOns(db, 10, { client: 'two', priority: 1 });
    const high = await seedTryOns(db, 10, { client: 'two', priority: 0 });

    expect([await startNext(), await startNext(), await startNext()]).toEqual([high, normal, low]);
  });

  it.each<[string, { priority: number; hours: number }, { priority: number; hours: number }]>([
    ['low after an hour goes with normal', { priority: 2, hours: 1 }, { priority: 1, hours: 0 }],
    ['normal after an hour goes with high', { priority: 1, hours: 1.5 }, { priority: 0, hours: 0 }],
    ['low after two hours goes with high', { priority: 2, hours: 2 }, { priority: 0, hours: 0 }],
    ['high after a day goes with high', { priority: 0, hours: 24 }, { priority: 0, hours: 0 }],
  ])('let jobs that waited age up: %s', async (_what, old, fresh) => {
    const aged = await seedTryOns(db, 20, { client: 'one', priority: old.priority });
    await age(aged, old.hours);
    const young = await seedTryOns(db, 20, { client: 'two', priority: fresh.priority });

    expect(among(await startNext(), young)).toBe(5);
  });

  it('count from the retry for a job that a person retries', async () => {
    const retried = await seedTryOns(db, 10, { client: 'one', priority: 2 });
    await age(retried, 48);
    await sql('UPDATE catwalk.try_on SET retried_at = clock_timestamp()');
    const normal = await seedTryOns(db, 10, { client: 'two' });

    expect(await startNext()).toEqual(normal);
  });

  it('submit 20 urgent jobs behind a backlog of 10,000 within their time', async () => {
    const slots = 50;
    const ticksPerTask = 5;
    await seedAccounts(db, { [anna]: slots });
    await seedMany(10_000, 'studio');
    const lane = (await carryJobs(db)).map((job) => job.id);
    const urgent = new Set(await seedTryOns(db, 20, { client: 'boutique', priority: 0 }));
    let ticks = 0;
    for (; urgent.size > 0; ticks += 1) {
      const started = lane.splice(0, slots / ticksPerTask);
      await sql(`UPDATE catwalk.try_on SET status = 'processing', carried_at = NULL WHERE id = ANY($1)`, [
        started,
      ]);
      for (const id of started) urgent.delete(id);
      lane.push(...(await carryJobs(db)).map((job) => job.id));
    }

    expect(ticks / ticksPerTask).toBeLessThanOrEqual((20 / slots) * 1.5 + 1);
  });
});

describe('places', () => {
  it('are kept by a job that was put back, and not overtaken by one that was only just accepted', async () => {
    const first = await seedTryOns(db, 30, { client: 'one' });
    await carryJobs(db);
    await putBack(db, first.slice(0, 3));
    await seedTryOns(db, 5, { client: 'one' });

    expect((await carryJobs(db)).map((job) => job.id)).toEqual(first.slice(0, 3));
  });

  it('behind jobs that are not due yet, or whose time is over, are not blocked by them', async () => {
    const later = await seedTryOns(db, 40);
    await sql(`UPDATE catwalk.try_on SET due_at = clock_timestamp() + interval '1 minute'`);
    await seedTryOns(db, 40, { expiresAt: new Date(Date.now() - 1_000) });
    const ready = await seedTryOns(db, 15);

    expect(await startNext()).toEqual(ready.slice(0, 10));
    expect(await startNext()).toEqual(ready.slice(10));
    await sql('UPDATE catwalk.try_on SET due_at = created_at');
    expect(await startNext()).toEqual(later.slice(0, 10));
  });

  it('of those that no longer wait are forgotten, and of no others', async () => {
    await seedTryOns(db, 3, { client: 'one' });
    await seedTryOns(db, 30, { client: 'two' });
    await startNext();
    await forgetTurns(db);

    expect(await sql('SELECT client FROM catwalk.turn')).toEqual([{ client: 'two' }]);
  });
});

async function seedMany(count: number, client: string): Promise<void> {
  await sql(
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, priority, lane, status,
       status_since, due_at, created_at, updated_at)
     SELECT 'try_' || $2 || lpad(n::text, 20, '0'), $2, 'api', 'https://a', 'https://b', 1, 1, '*', 'queued', now(),
       now(), now(), now() FROM generate_series(1, $1::int) n`,
    [count, client],
  );
}

async function startAndCount(finished: Record<string, number>): Promise<void> {
  const started = await startNext();
  for (const client of Object.keys(finished))
    finished[client] =
      (finished[client] ?? 0) + started.filter((id) => id.startsWith(`try_${client}`)).length;
}

/** 1 where all have the same, 1/n where one has everything. */
function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share * share, 0);
  return sum ** 2 / (shares.length * squares);
}
