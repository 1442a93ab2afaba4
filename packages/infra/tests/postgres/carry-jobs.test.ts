import { anna, databaseForFile, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CarriedJob,
  carriedLanes,
  carryJobs,
  carryLostAgain,
  openDatabase,
  putBack,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());
const ben = 'ben@example.com';
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 2, [ben]: 7 });
});

const idsOf = (jobs: readonly CarriedJob[]) => jobs.map((job) => job.id);
const uncarry = (ids: readonly string[]) => putBack(db, ids);

describe('carrying', () => {
  it('fills each lane to twice its limit, at least 10, and no further', async () => {
    await seedTryOns(db, 30, { email: anna });
    await seedTryOns(db, 30, { email: ben });
    await seedTryOns(db, 30);

    const carried = await carryJobs(db);

    const inLane = (lane: string) => carried.filter((job) => job.lane === lane).length;
    expect([inLane(anna), inLane(ben), inLane('*')]).toEqual([10, 14, 18]);
    expect(await carryJobs(db)).toEqual([]);
    expect((await carriedLanes(db)).sort()).toEqual(['*', anna, ben]);
  });

  it('tops a lane up by what left it', async () => {
    const ids = await seedTryOns(db, 20, { email: anna });
    expect(idsOf(await carryJobs(db))).toEqual(ids.slice(0, 10));
    await startAttempts(db, ids.slice(0, 2));

    expect(idsOf(await carryJobs(db))).toEqual(ids.slice(10, 12));
  });

  it('goes by priority, and by age within one', async () => {
    const low = await seedTryOns(db, 4, { email: anna, priority: 2 });
    const normal = await seedTryOns(db, 4, { email: anna });
    const high = await seedTryOns(db, 4, { email: anna, priority: 0 });

    expect(idsOf(await carryJobs(db))).toEqual([...high, ...normal, ...low.slice(0, 2)]);
  });

  it('leaves out what may not start: not due, expired, final, on its way, pinned to nobody', async () => {
    const changes = [
      `due_at = clock_timestamp() + interval '1 minute'`,
      `expires_at = clock_timestamp()`,
      `status = 'canceled'`,
      `status = 'processing'`,
      `email = 'gone@example.com', lane = 'gone@example.com'`,
    ];
    for (const change of changes) {
      const [id] = await seedTryOns(db, 1);
      await runSql(database.url, `UPDATE catwalk.try_on SET ${change} WHERE id = $1`, [id]);
    }
    const startable = await seedTryOns(db, 1);

    expect(idsOf(await carryJobs(db))).toEqual(startable);
  });

  it('leaves a pinned job out while its maxJobs is reached, and carries it after', async () => {
    const [job] = await startAttempts(db, await seedTryOns(db, 1));
    const waiting = await seedTryOns(db, 1, { email: anna, maxJobs: 1 });
    expect(await carryJobs(db)).toEqual([]);

    await runSql(database.url, `UPDATE catwalk.attempt SET state = 'ended_failed' WHERE id = $1`, [
      job?.attemptId,
    ]);

    expect(idsOf(await carryJobs(db))).toEqual(waiting);
  });

  it('carries nothing while no account is configured', async () => {
    await seedAccounts(db, {});
    await seedTryOns(db, 3);
    expect(await carryJobs(db)).toEqual([]);
  });

  it('is done by one process at a time: what many carry at once is carried once', async () => {
    await seedTryOns(db, 60, { email: ben });

    const rounds = await Promise.all(Array.from({ length: 8 }, () => carryJobs(db)));

    const all = idsOf(rounds.flat());
    expect(all).toHaveLength(14);
    expect(new Set(all).size).toBe(14);
  });

  it('is left to the process that is at it, without waiting for that one', async () => {
    await seedTryOns(db, 3);
    await db.prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(4310431144)::text`;
      expect(await carryJobs(db)).toEqual([]);
    });

    expect(await carryJobs(db)).toHaveLength(3);
  });

  it('never uses an id of the queue twice, however often a job is carried', async () => {
    const [id] = await seedTryOns(db, 1);
    const used = [];
    for (let time = 0; time < 4; time += 1) {
      used.push(...(await carryJobs(db)));
      await uncarry([id ?? '']);
    }

    expect(used.map((job) => job.carry)).toEqual([1, 2, 3, 4]);
  });

  it('gives a job that was put back its old place', async () => {
    const ids = await seedTryOns(db, 12, { email: anna });
    await carryJobs(db);
    await uncarry(ids.slice(0, 1));

    expect(idsOf(await carryJobs(db))).toEqual(ids.slice(0, 1));
  });
});

describe('carrying again what a lane has lost', () => {
  it('gives everything a new id, in the order of the lane', async () => {
    const late = await seedTryOns(db, 2, { email: anna, priority: 2 });
    const early = await seedTryOns(db, 2, { email: anna, priority: 0 });
    await carryJobs(db);

    const again = await carryLostAgain(db, anna, 0);

    expect(again.map(({ id, carry, lane }) => [id, carry, lane])).toEqual(
      [...early, ...late].map((id) => [id, 2, anna]),
    );
  });

  it('leaves alone what may still be on its way, other lanes, and jobs that started', async () => {
    const [started] = await seedTryOns(db, 1, { email: anna });
    await seedTryOns(db, 2, { email: ben });
    await carryJobs(db);
    await startAttempts(db, [started ?? '']);

    expect(await carryLostAgain(db, anna, 0)).toEqual([]);
    expect(await carryLostAgain(db, ben, 60_000)).toEqual([]);
    expect(await carryLostAgain(db, ben, 0)).toHaveLength(2);
  });

  it('is done once by many at the same moment', async () => {
    await seedTryOns(db, 10, { email: ben });
    await carryJobs(db);
    await runSql(database.url, `UPDATE catwalk.try_on SET carried_at = carried_at - interval '10 seconds'`);

    const rounds = await Promise.all(Array.from({ length: 6 }, () => carryLostAgain(db, ben, 2_000)));

    expect(rounds.flat()).toHaveLength(10);
  });
});
