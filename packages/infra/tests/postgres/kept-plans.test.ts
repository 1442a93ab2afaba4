import { anna, claimSettings, databaseForFile, runSql, seedAccounts, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  carriedLanes,
  carryJobs,
  claimJobs,
  type Database,
  findShownBatch,
  findTryOns,
  judgeJobs,
  listSlots,
  noteAnswering,
  openDatabase,
  putBack,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';
import { openRewritingProxy } from './open-rewriting-proxy.js';
import type { Plan } from './record-plans.js';

const database = await databaseForFile();
const opened: Database[] = [];
afterAll(() => Promise.all(opened.map((db) => db.close())));
beforeEach(() => emptyTables(database.url));

/** Of one connection: what it keeps can be asked for. */
function open(url: string): Database {
  const db = openDatabase({ url, poolMax: 1, keepsPlans: true });
  opened.push(db);
  return db;
}

interface Kept {
  readonly name: string;
  readonly statement: string;
  readonly types: string[];
}

const listKept = (db: Database) =>
  db.prisma.$queryRaw<Kept[]>`
    SELECT name, statement, parameter_types::text[] AS types FROM pg_prepared_statements WHERE name LIKE 'catwalk%'`;

/** Everything that is done for every job. */
async function work(db: Database): Promise<void> {
  await seedAccounts(db, { [anna]: 5 });
  const ids = await seedTryOns(db, 3);
  expect(await carryJobs(db)).toHaveLength(3);
  expect((await carriedLanes(db)).size).toBe(1);
  expect(await listSlots(db.prisma)).toMatchObject([{ free: 5 }]);
  const { claimed } = await claimJobs(db, ids.slice(0, 2), claimSettings);
  expect(claimed).toHaveLength(2);
  await noteAnswering(db, [anna]);
  // What deliveries tell of.
  expect((await findTryOns(db, ids)).size).toBe(3);
  expect(await findShownBatch(db, 'anna', 'bat_none')).toBeNull();
  await putBack(db, ids.slice(2));
  expect(
    await keepCallbacks(
      db,
      claimed.map((job) => job.replyRef),
    ),
  ).toEqual(ids.slice(0, 2));
}

const keepCallbacks = (db: Database, replyRefs: readonly string[]) =>
  judgeJobs(
    db,
    replyRefs.map((replyRef, n) => ({
      locate: { replyRef },
      actor: 'test',
      judge: (job) => ({
        result: job?.id,
        decision: null,
        callback: {
          id: `cb_${replyRef}_${n}`,
          replyRef,
          attemptId: null,
          tryOnId: null,
          decision: 'orphan',
          body: new Uint8Array(),
          headers: {},
          contentHash: 'hash',
        },
      }),
    })),
  );

/** What the server knows of the tables then: an index of what has ended is as good as empty. */
async function seedOpen(): Promise<void> {
  const db = openDatabase({ url: database.url, poolMax: 1 });
  await seedTryOns(db, 2_000);
  await db.close();
  await runSql(
    database.url,
    `INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count,
       sent_at, deadline_at)
     SELECT 'att_' || id, id, client, 1, 'att_' || id, 'ben@example.com', 'accepted', now(), 1, now(), now()
     FROM catwalk.try_on`,
  );
  await runSql(database.url, `UPDATE catwalk.try_on SET status = 'processing'`);
  await runSql(database.url, 'ANALYZE catwalk.try_on, catwalk.attempt');
}

const big = ['try_on', 'attempt', 'callback', 'event'];

/** What a plan reads through from end to end, be it along an index. One that holds the few that are carried may be. */
function readThrough(plan: Plan): string[] {
  const isWhole =
    /Scan$/.test(plan['Node Type']) &&
    plan['Node Type'] !== 'Bitmap Heap Scan' &&
    plan['Index Cond'] === undefined &&
    plan['Index Name'] !== 'try_on_carried_idx';
  const table = plan['Relation Name'] ?? '';
  const own = isWhole && big.includes(table) ? [`${plan['Node Type']} ${table}`] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(readThrough)];
}

describe('a plan that is kept', () => {
  it.each([
    ['the tables were empty', async () => undefined],
    ['much was open and nothing had ended', seedOpen],
  ])('was made while %s, and looks rows up all the same', async (_when, seed) => {
    const db = open(database.url);
    await seed();
    await work(db);

    const kept = await listKept(db);
    expect(kept.length).toBeGreaterThan(9);
    for (const { name, statement, types } of kept) {
      const values = types.map((type) => `NULL::${type}`).join();
      const [row] = await db.prisma.$queryRawUnsafe<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(
        `EXPLAIN (FORMAT JSON) EXECUTE ${name}${values === '' ? '' : `(${values})`}`,
      );
      expect(row === undefined ? ['no plan'] : readThrough(row['QUERY PLAN'][0].Plan), statement).toEqual([]);
    }
  });

  it('is made once, and not again for each of the first times', async () => {
    const db = open(database.url);

    await work(db);

    const planned = await db.prisma.$queryRaw<{ anew: number; once: number }[]>`
      SELECT sum(custom_plans)::int AS anew, sum(generic_plans)::int AS once FROM pg_prepared_statements
      WHERE name LIKE 'catwalk%'`;
    expect(planned).toEqual([{ anew: 0, once: expect.toSatisfy((times) => times > 9) }]);
  });

  it('is not kept through a pooler, whose connections are lent to others', async () => {
    const asked = 'SELECT pg_backend_pid() AS pid';
    const url = await openRewritingProxy(
      database.url,
      () => (sent) => sent.replace(asked, 'SELECT 1 AS pid'.padEnd(asked.length)),
    );
    const db = open(url);

    await work(db);

    expect(await listKept(db)).toEqual([]);
  });

  it('and is gone does no harm: the statement runs without, and none is kept any more', async () => {
    const db = open(database.url);
    await work(db);
    await db.prisma.$executeRawUnsafe('DEALLOCATE ALL');

    expect(await keepCallbacks(db, ['ref of nobody'])).toEqual([undefined]);
    expect(await listKept(db)).toEqual([]);
  });
});
