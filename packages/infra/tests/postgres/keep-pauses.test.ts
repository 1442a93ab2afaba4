import { anna, claimSettings, databaseForFile, runSql, seedAccounts, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  claimJobs,
  followListedAccounts,
  keepAccounts,
  keepListedAccounts,
  listAccounts,
  listSlots,
  openDatabase,
  pauseAccount,
  pauseAccountByPerson,
  pauseEverything,
  readPause,
  resumeAccountByPerson,
  resumeAccounts,
  resumeEverything,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const ben = 'ben@example.com';
const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 12 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 50, [ben]: 5 });
});

const by = { actor: 'ada', reason: 'invoice open' };
const claim = (ids: readonly string[], account = anna) => claimJobs(db, ids, { ...claimSettings, account });
const free = async () =>
  Object.fromEntries((await listSlots(db.prisma)).map((slots) => [slots.email, slots.free]));
const attempts = () => db.prisma.attempt.count();

describe('a pause of everything', () => {
  it('is answered only when no claim commits any more, however many are under way', async () => {
    const ids = await seedTryOns(db, 48);
    let paused = false;
    const claimers = Array.from({ length: 8 }, async (_, n) => {
      const late: boolean[] = [];
      for (const id of ids.slice(n * 6, n * 6 + 6)) {
        const begunAfter = paused;
        const { claimed } = await claim([id], n % 2 === 0 ? anna : ben);
        if (begunAfter) late.push(claimed.length > 0);
      }
      return late;
    });
    await pauseEverything(db, by);
    paused = true;
    const committed = await attempts();

    const late = (await Promise.all(claimers)).flat();

    expect(await attempts()).toBe(committed);
    expect(late).not.toContain(true);
    expect(committed).toBeLessThan(48);
  });

  it('waits for a claim that is under way, and is seen by the next', async () => {
    const [first, second] = await seedTryOns(db, 2);
    const row = `SELECT 1 FROM catwalk.account WHERE email = '${anna}' FOR UPDATE`;
    let claiming: Promise<unknown> = Promise.resolve();
    let pausing: Promise<boolean> = Promise.resolve(false);
    // While the account is locked, the claim has the pause's lock and waits; the pause has to wait for the claim.
    await db.prisma.$transaction(async (tx) => {
      await tx.$queryRawUnsafe(row);
      claiming = claim([first ?? '']);
      await untilWaiting(1);
      pausing = pauseEverything(db, by);
      await untilWaiting(2);
      expect(await readPause(db)).toBeNull();
    });

    await Promise.all([claiming, pausing]);

    expect(await attempts()).toBe(1);
    expect((await claim([second ?? ''])).claimed).toEqual([]);
  });

  it('keeps who, why and since when, whoever pauses again; it ends once', async () => {
    expect(await pauseEverything(db, by)).toBe(true);
    expect(await pauseEverything(db, { actor: 'eve', reason: null })).toBe(false);
    expect(await readPause(db)).toEqual({ ...by, since: expect.any(Date) });
    expect(await free()).toEqual({ [anna]: 0, [ben]: 0 });

    expect(await resumeEverything(db, 'boss')).toBe(true);
    expect(await resumeEverything(db, 'boss')).toBe(false);
    expect(await readPause(db)).toBeNull();
    expect(await free()).toEqual({ [anna]: 50, [ben]: 5 });
  });

  it('holds for accounts that come later, and leaves paused accounts paused when it ends', async () => {
    await pauseAccountByPerson(db, anna, by);
    await pauseEverything(db, by);
    await keepAccounts(
      db,
      new Map([
        [anna, 50],
        ['new@example.com', 3],
      ]),
    );
    expect(await free()).toEqual({ [anna]: 0, 'new@example.com': 0 });

    await resumeEverything(db, 'boss');

    expect(await free()).toEqual({ [anna]: 0, 'new@example.com': 3 });
  });
});

describe('a pause of one account by a person', () => {
  it('holds for it alone, and no claim on it commits after the answer', async () => {
    const ids = await seedTryOns(db, 2);
    expect(await pauseAccountByPerson(db, anna, by)).toBe(true);
    expect(await pauseAccountByPerson(db, anna, by)).toBe(false);

    expect((await claim(ids)).claimed).toEqual([]);
    expect((await claim(ids, ben)).claimed).toHaveLength(2);
  });

  it('is ended by no list of accounts, no settings and no answered probe: only by a person', async () => {
    await pauseAccountByPerson(db, anna, by);
    await followListedAccounts(db);
    await keepListedAccounts(db, new Map([[ben, 5]]), 600_000);
    await keepListedAccounts(
      db,
      new Map([
        [anna, 9],
        [ben, 5],
      ]),
      600_000,
    );
    await keepAccounts(
      db,
      new Map([
        [anna, 8],
        [ben, 5],
      ]),
    );
    await resumeAccounts(db, [anna, ben]);
    expect(await free()).toEqual({ [anna]: 0, [ben]: 5 });

    expect(await resumeAccountByPerson(db, anna, 'boss')).toBe(true);
    expect(await resumeAccountByPerson(db, anna, 'boss')).toBe(false);
    expect(await free()).toEqual({ [anna]: 8, [ben]: 5 });
  });

  it('ends together with the pause by a fault, which alone can be ended as well', async () => {
    await pauseAccount(db, anna, 'Subscription required', () => 3_600_000);
    await pauseAccountByPerson(db, anna, by);
    expect(await listAccounts(db, anna)).toMatchObject([
      { personActor: 'ada', faultReason: 'Subscription required', free: 0 },
    ]);

    await resumeAccountByPerson(db, anna, 'boss');

    expect(await free()).toEqual({ [anna]: 50, [ben]: 5 });
    await pauseAccount(db, anna, 'Subscription required', () => 3_600_000);
    expect(await resumeAccountByPerson(db, anna, 'boss')).toBe(true);
    expect(await free()).toEqual({ [anna]: 50, [ben]: 5 });
  });

  it('is refused for an account that is unknown or was removed', async () => {
    expect(await pauseAccountByPerson(db, 'nobody@example.com', by)).toBeNull();
    await keepAccounts(db, new Map([[ben, 5]]));
    expect(await pauseAccountByPerson(db, anna, by)).toBeNull();
    expect(await resumeAccountByPerson(db, anna, 'boss')).toBeNull();
  });
});

/** Waits until so many statements on this database wait for a lock. */
async function untilWaiting(count: number): Promise<void> {
  await expect
    .poll(async () => {
      const [row] = await runSql<{ n: number }>(
        database.url,
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return row?.n;
    })
    .toBe(count);
}
