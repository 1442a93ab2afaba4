import {
  anna,
  claimSettings,
  databaseForFile,
  runSql,
  seedAccounts,
  seedTryOns,
  startAttempts,
} from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type CarriedJob,
  carriedLanes,
  carryJobs,
  carryLostAgain,
  claimJobs,
  findExpired,
  openDatabase,
  putBack,
  restAccount,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());
const ben = 'ben@example.com';
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 2, [ben]: 14 });
});

const idsOf = (jobs: readonly CarriedJob[]) => jobs.map((job) => job.id);
const uncarry = (ids: readonly string[]) => putBack(db, ids);

describe('carrying', () => {
  it('fills each lane with as many as its accounts have slots, at least 10, and no further', async () => {
    await seedTryOns(db, 30, { email: anna });
    await seedTryOns(db, 30, { email: ben });
    await seedTryOns(db, 30);

    const carried = await carryJobs(db);

    const inLane = (lane: string) => carried.filter((job) => job.lane === lane).length;
    expect([inLane(anna), inLane(ben), inLane('*')]).toEqual([10, 14, 16]);
    expect(await carryJobs(db)).toEqual([]);
    expect([...(await carriedLanes(db)).keys()].sort()).toEqual(['*', anna, ben]);
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

  it('leaves unpinned jobs out whose maxJobs is reached wherever a slot is free: those behind them go', async () => {
    await startAttempts(db, await seedTryOns(db, 1));
    await startAttempts(db, await seedTryOns(db, 2), { account: ben });
    await seedTryOns(db, 12, { maxJobs: 1 });
    const two = await seedTryOns(db, 1, { maxJobs: 2 });
    const three = await seedTryOns(db, 1, { maxJobs: 3 });
    const any = await seedTryOns(db, 3);
    expect(idsOf(await carryJobs(db))).toEqual([...two, ...three, ...any]);
    await uncarry([...two, ...three, ...any]);

    await restAccount(db, anna, 60_000);

    expect(idsOf(await carryJobs(db))).toEqual([...three, ...any]);
  });

  it('carries a job that is retried after its expiresAt: it was submitted in time', async () => {
    const [id] = await seedTryOns(db, 1, { expiresAt: new Date(Date.now() - 1_000) });
    expect(await findExpired(db, 10)).toEqual([id]);
    await runSql(database.url, 'UPDATE catwalk.try_on SET submitted_at = created_at');

    expect(await findExpired(db, 10)).toEqual([]);
    expect(idsOf(await carryJobs(db))).toEqual([id]);
    expect(await startAttempts(db, [id ?? ''])).toHaveLength(1);
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

  it('takes only what was carried well before a job that the lane just gave', async () => {
    const [lost, slow, pulled] = await seedTryOns(db, 3, { email: anna });
    await carryJobs(db);
    const carried = (id: string | undefined, at: string) =>
      runSql(database.url, `UPDATE catwalk.try_on SET carried_at = $2 WHERE id = $1`, [id, at]);
    await carried(lost, '2030-01-01T00:00:00Z');
    await carried(slow, '2030-01-01T00:00:01Z');
    await carried(pulled, '2030-01-01T00:00:02.500Z');
    expect((await carriedLanes(db)).get(anna)).toEqual(new Date('2030-01-01T00:00:00Z'));

    const { carriedAt } = await claimJobs(db, [pulled ?? ''], claimSettings);
    const at = carriedAt.get(`${pulled}-1`) ?? null;

    expect(at).toEqual(new Date('2030-01-01T00:00:02.500Z'));
    expect(idsOf(await carryLostAgain(db, anna, 2_000, at))).toEqual([lost]);
  });

  it('is done once by many at the same moment', async () => {
    await seedTryOns(db, 10, { email: ben });
    await carryJobs(db);
    await runSql(database.url, `UPDATE catwalk.try_on SET carried_at = carried_at - interval '10 seconds'`);

    const rounds = await Promise.all(Array.from({ length: 6 }, () => carryLostAgain(db, ben, 2_000)));

    expect(rounds.flat()).toHaveLength(10);
  });
});
