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
  claimJobs,
  judgeJob,
  keepForeignOpen,
  listSlots,
  noteAnswering,
  noteProviderDown,
  noteProviderUp,
  openDatabase,
  pauseAccount,
  prolongPause,
  restAccount,
  resumeAccounts,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const ben = 'ben@example.com';
const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 5, [ben]: 3 });
});

async function free(): Promise<Record<string, number>> {
  const slots = await listSlots(db.prisma);
  return Object.fromEntries(slots.map((account) => [account.email, account.free]));
}

const past = `clock_timestamp() - interval '1 second'`;
const endPause = () =>
  runSql(database.url, `UPDATE catwalk.account SET paused_until = ${past} WHERE state = 'paused'`);
const endRest = () => runSql(database.url, `UPDATE catwalk.account SET rest_until = ${past}`);
const endOutage = () => runSql(database.url, `UPDATE catwalk.provider SET down_until = ${past}`);

describe('the free slots of an account', () => {
  it('are its limit minus its open attempts: sending, accepted and unknown ones', async () => {
    const jobs = await startAttempts(db, await seedTryOns(db, 4));
    const events = [
      { type: 'accepted', taskId: '1', provisional: false },
      { type: 'unanswered' },
      { type: 'deferred' },
    ] as const;
    for (const [n, event] of events.entries()) {
      const job = jobs[n];
      if (job === undefined) throw new Error('four jobs were asked for');
      const attempt = { type: 'attempt', attemptId: job.attemptId, event } as const;
      await judgeJob(db, { jobId: job.jobId, actor: 'worker', event: attempt });
    }

    expect(await free()).toEqual({ [anna]: 2, [ben]: 3 });
    expect(await listSlots(db.prisma, anna)).toEqual([{ email: anna, maxJobs: 5, open: 3, free: 2 }]);
  });

  it('are minus the provider’s tasks that are not ours, and never below none', async () => {
    await keepForeignOpen(
      db,
      new Map([
        [anna, 2],
        [ben, 7],
      ]),
      60_000,
    );
    expect(await free()).toEqual({ [anna]: 3, [ben]: 0 });

    await keepForeignOpen(db, new Map(), 60_000);
    expect(await free()).toEqual({ [anna]: 5, [ben]: 3 });
  });

  it('are none of an account that is no longer configured', async () => {
    await seedAccounts(db, { [ben]: 4 });
    expect(await free()).toEqual({ [ben]: 4 });
  });

  it('follow a limit that was lowered below what is open', async () => {
    await startAttempts(db, await seedTryOns(db, 4));
    await seedAccounts(db, { [anna]: 2, [ben]: 3 });
    expect(await free()).toEqual({ [anna]: 0, [ben]: 3 });
  });
});

describe('after a 429', () => {
  it('an account rests, then has all its slots again', async () => {
    await restAccount(db, anna, 60_000);
    expect(await free()).toEqual({ [anna]: 0, [ben]: 3 });

    await endRest();
    expect(await free()).toEqual({ [anna]: 5, [ben]: 3 });
  });

  it('and another with no release between, its limit shrinks by one for a while, down to one', async () => {
    for (let time = 0; time < 2; time += 1) await restAccount(db, anna, 0);
    await endRest();
    expect(await free()).toEqual({ [anna]: 4, [ben]: 3 });

    for (let time = 0; time < 8; time += 1) await restAccount(db, anna, 0);
    await endRest();
    expect(await free()).toEqual({ [anna]: 1, [ben]: 3 });

    await runSql(database.url, `UPDATE catwalk.account SET shrunk_until = ${past}`);
    expect(await free()).toEqual({ [anna]: 5, [ben]: 3 });
  });

  it('and a release between, nothing shrinks', async () => {
    await restAccount(db, anna, 0);
    await noteAnswering(db, [anna]);
    await restAccount(db, anna, 0);
    await endRest();

    expect(await free()).toEqual({ [anna]: 5, [ben]: 3 });
  });
});

describe('a paused account', () => {
  it('starts nothing until its pause is over, then one job as a probe, and all once it answers', async () => {
    await pauseAccount(db, anna, 'out of credits', () => 60_000);
    expect(await free()).toEqual({ [anna]: 0, [ben]: 3 });

    await endPause();
    expect(await free()).toEqual({ [anna]: 1, [ben]: 3 });
    await startAttempts(db, await seedTryOns(db, 1));
    expect(await free()).toEqual({ [anna]: 0, [ben]: 3 });

    await resumeAccounts(db, [anna]);
    expect(await free()).toEqual({ [anna]: 4, [ben]: 3 });
  });

  it('is probed by one of many claimers', async () => {
    await pauseAccount(db, anna, 'out of credits', () => 60_000);
    await endPause();
    const ids = await seedTryOns(db, 8);

    const claims = await Promise.all(ids.map((id) => claimJobs(db, [id], claimSettings)));

    expect(claims.flatMap(({ claimed }) => claimed)).toHaveLength(1);
  });

  it('rests longer with each probe that fails, counted once per probe', async () => {
    const asked: number[] = [];
    const restMs = (failures: number) => {
      asked.push(failures);
      return 60_000;
    };
    await Promise.all(Array.from({ length: 5 }, () => pauseAccount(db, anna, 'unpaid', restMs)));
    await endPause();
    await pauseAccount(db, anna, 'unpaid', restMs);
    await endPause();
    for (let time = 0; time < 2; time += 1) await prolongPause(db, anna, restMs);
    await prolongPause(db, ben, restMs);

    expect(asked).toEqual([1, 2, 3]);
    expect(await free()).toEqual({ [anna]: 0, [ben]: 3 });
  });
});

describe('while the provider is down', () => {
  it('nothing starts, then one job over all accounts probes it, and all once it answers', async () => {
    await noteProviderDown(db, 'no connection', () => 60_000);
    expect(await free()).toEqual({ [anna]: 0, [ben]: 0 });

    await endOutage();
    expect(await free()).toEqual({ [anna]: 1, [ben]: 1 });
    const ids = await seedTryOns(db, 8);
    const claims = await Promise.all(
      ids.map((id, n) => claimJobs(db, [id], { ...claimSettings, account: n % 2 === 0 ? anna : ben })),
    );
    expect(claims.flatMap(({ claimed }) => claimed)).toHaveLength(1);
    expect(Object.values(await free())).toEqual([0, 0]);

    await noteProviderUp(db);
    expect(Object.values(await free()).reduce((sum, n) => sum + n)).toBe(7);
  });

  it('its failures are counted once per rest, however many submits fail together', async () => {
    const asked: number[] = [];
    const restMs = (failures: number) => {
      asked.push(failures);
      return 60_000;
    };
    await Promise.all(Array.from({ length: 6 }, () => noteProviderDown(db, 'refused', restMs)));
    await endOutage();
    await noteProviderDown(db, 'refused', restMs);

    expect(asked).toEqual([1, 2]);
  });
});
