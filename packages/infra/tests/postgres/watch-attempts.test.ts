import { databaseForFile, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { leaseDueLooks, noteListing, openDatabase, scheduleLook } from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { 'anna@example.com': 50 });
});

/** An attempt the provider has, its deadline and its next look so many seconds from now. */
async function accepted(seconds: { deadline: number; look: number; answered?: number }): Promise<string> {
  const [job] = await startAttempts(db, await seedTryOns(db, 1));
  const { deadline, look, answered = -60 } = seconds;
  await runSql(
    database.url,
    `UPDATE catwalk.attempt SET state = 'accepted', provider_task_id = id,
       deadline_at = clock_timestamp() + $2 * interval '1 second',
       next_check_at = clock_timestamp() + $3 * interval '1 second',
       answered_at = clock_timestamp() + $4 * interval '1 second' WHERE id = $1`,
    [job?.attemptId, deadline, look, answered],
  );
  return job?.attemptId ?? '';
}

interface Look {
  /** Null: never. */
  readonly next: Date | null;
  readonly deadline: Date;
  readonly since: Date;
}

async function lookOf(id: string): Promise<Look> {
  const [row] = await runSql<Look>(
    database.url,
    'SELECT next_check_at AS next, deadline_at AS deadline, state_since AS since FROM catwalk.attempt WHERE id = $1',
    [id],
  );
  if (row === undefined) throw new Error('there is no such attempt');
  return row;
}

const clock = async () =>
  (await runSql<{ now: Date }>(database.url, 'SELECT clock_timestamp() AS now'))[0]?.now.getTime() ??
  Number.NaN;

/** The next look comes so many seconds after what was done, however long that took. */
async function expectLookAfter(id: string, seconds: number, act: () => Promise<unknown>): Promise<void> {
  const before = await clock();
  await act();
  const after = await clock();
  const at = (await lookOf(id)).next?.getTime();
  expect(at).toBeGreaterThanOrEqual(before + seconds * 1_000);
  expect(at).toBeLessThanOrEqual(after + seconds * 1_000);
}

const listing = { listed: [], notListed: [], intervalMs: 15_000, graceMs: 60_000 };

describe('a task that the scheduler lists', () => {
  it('is looked at again only after the grace, or after its deadline', async () => {
    const long = await accepted({ deadline: 1_000, look: -1 });
    const short = await accepted({ deadline: 30, look: -1 });
    await noteListing(db, { ...listing, listed: [long, short] });

    // By the row's own times, so that it does not matter how long writing and asking take.
    const looks = await runSql(
      database.url,
      `SELECT round(extract(epoch FROM next_check_at - listed_at))::int AS s, next_check_at = deadline_at AS last
       FROM catwalk.attempt WHERE id = ANY($1) ORDER BY deadline_at DESC`,
      [[long, short]],
    );
    expect(looks).toMatchObject([{ s: 60, last: false }, { last: true }]);
  });

  it('past its deadline stays due for the look that ends it, however often it is listed', async () => {
    const id = await accepted({ deadline: -10, look: -5 });
    const { next } = await lookOf(id);
    for (let sweep = 0; sweep < 3; sweep += 1) await noteListing(db, { ...listing, listed: [id] });

    expect((await lookOf(id)).next).toEqual(next);
  });
});

describe('a task that the scheduler does not list', () => {
  it('is fetched at once, unless it was accepted a moment ago', async () => {
    const old = await accepted({ deadline: 1_000, look: 60 });
    const young = await accepted({ deadline: 1_000, look: 60, answered: -1 });
    const { next } = await lookOf(young);
    await expectLookAfter(old, 0, () => noteListing(db, { ...listing, notListed: [old, young] }));

    expect((await lookOf(young)).next).toEqual(next);
  });

  it('is asked for once: after that its looks follow their own schedule', async () => {
    const id = await accepted({ deadline: 1_000, look: 60 });
    await noteListing(db, { ...listing, notListed: [id] });
    await expectLookAfter(id, 30, () => scheduleLook(db, id, 30_000, 15_000));
    const { next } = await lookOf(id);
    await noteListing(db, { ...listing, notListed: [id] });

    expect((await lookOf(id)).next).toEqual(next);
  });
});

describe('a look that is due', () => {
  it('is leased by one of many workers, and due again when the lease is over', async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 6; n += 1) ids.add(await accepted({ deadline: 1_000, look: -1 }));
    await accepted({ deadline: 1_000, look: 100 });

    const rounds = await Promise.all(
      Array.from({ length: 6 }, () => leaseDueLooks(db, { leaseMs: 60_000, limit: 3 })),
    );

    const leased = rounds.flat().map((attempt) => attempt.id);
    expect(leased.length).toBe(new Set(leased).size);
    const rest = await leaseDueLooks(db, { leaseMs: 0, limit: 10 });
    expect(new Set([...leased, ...rest.map((attempt) => attempt.id)])).toEqual(ids);
  });

  it('after its deadline comes soon, whatever its schedule says', async () => {
    const id = await accepted({ deadline: 20, look: -1 });
    await scheduleLook(db, id, 120_000, 1);

    const { next, deadline } = await lookOf(id);
    expect(next).toEqual(deadline);
  });
});

describe('an attempt that was given up', () => {
  const givenUp = async (taskId: string | null) => {
    const id = await accepted({ deadline: -60, look: -1 });
    await runSql(
      database.url,
      `UPDATE catwalk.attempt SET state = 'given_up', provider_task_id = $2 WHERE id = $1`,
      [id, taskId],
    );
    return id;
  };

  it.each([
    ['with', '5'],
    ['without', null],
  ])(
    'is looked at again %s a task, by the time it was given up, and once more at last',
    async (_with, taskId) => {
      const id = await givenUp(taskId);
      expect((await leaseDueLooks(db, { leaseMs: 60_000, limit: 3 })).map((one) => one.id)).toEqual([id]);

      await scheduleLook(db, id, 3_600_000, 15_000);
      const { next, since } = await lookOf(id);
      expect(next?.getTime()).toBe(since.getTime() + 3_600_000);
      await scheduleLook(db, id, null, 15_000);
      expect((await lookOf(id)).next).toBeNull();
    },
  );

  it('whose look comes late is not looked at twice at once', async () => {
    const id = await givenUp('5');
    await expectLookAfter(id, 15, () => scheduleLook(db, id, 1, 15_000));
  });
});
