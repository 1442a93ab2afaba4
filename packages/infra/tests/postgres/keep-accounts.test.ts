import { anna, databaseForFile, runSql, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  findPinnedToRemoved,
  followListedAccounts,
  keepAccounts,
  keepForeignOpen,
  keepListedAccounts,
  listSlots,
  openDatabase,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const ben = 'ben@example.com';
const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
afterAll(() => db.close());
beforeEach(() => emptyTables(database.url));

const HOUR_MS = 3_600_000;
const list = (limits: Record<string, number>, removedAfterMs = HOUR_MS) =>
  keepListedAccounts(db, new Map(Object.entries(limits)), removedAfterMs);
const settle = (limits: Record<string, number>) => keepAccounts(db, new Map(Object.entries(limits)));
const limits = async () =>
  Object.fromEntries((await listSlots(db.prisma)).map(({ email, maxJobs }) => [email, maxJobs]));
const ageAbsence = (interval: string) =>
  runSql(database.url, `UPDATE catwalk.account SET missing_since = missing_since - interval '${interval}'`);

describe('accounts and limits have one writer, the worker that started last', () => {
  it('with settings: a list that another worker still gets changes nothing', async () => {
    await followListedAccounts(db);
    await list({ [anna]: 5 });
    await settle({ [ben]: 3 });

    await list({ [anna]: 7 });

    expect(await limits()).toEqual({ [ben]: 3 });
  });

  it('without settings: the next list takes over', async () => {
    await settle({ [ben]: 3 });
    await followListedAccounts(db);
    expect(await limits()).toEqual({ [ben]: 3 });

    await list({ [anna]: 7 });

    expect(await limits()).toEqual({ [anna]: 7 });
  });
});

describe('jobs pinned to an account fail', () => {
  beforeEach(() => followListedAccounts(db));

  it('at once when the settings leave it out, also if it was the last one', async () => {
    await settle({ [anna]: 5 });
    const pinned = await seedTryOns(db, 1, { email: anna });
    await settle({});

    expect(await findPinnedToRemoved(db, 10)).toEqual(pinned);
  });

  it('not when one list of the provider leaves it out, and it is not used meanwhile', async () => {
    await list({ [anna]: 5, [ben]: 3 });
    await seedTryOns(db, 1, { email: anna });
    await list({ [ben]: 3 });

    expect(await limits()).toEqual({ [ben]: 3 });
    expect(await findPinnedToRemoved(db, 10)).toEqual([]);
  });

  it('not when one list left it out long ago and none was read since', async () => {
    await list({ [anna]: 5 });
    await seedTryOns(db, 1, { email: anna });
    await list({});
    await ageAbsence('2 hours');

    expect(await findPinnedToRemoved(db, 10)).toEqual([]);
  });

  it('when lists have left it out for long, the last account too', async () => {
    await list({ [anna]: 5 });
    const pinned = await seedTryOns(db, 1, { email: anna });
    await list({});
    await ageAbsence('2 hours');
    await list({});

    expect(await findPinnedToRemoved(db, 10)).toEqual(pinned);
  });

  it('not once it is back, whose absence begins anew', async () => {
    await list({ [anna]: 5 });
    await seedTryOns(db, 1, { email: anna });
    await list({});
    await ageAbsence('2 hours');
    await list({ [anna]: 5 });
    expect(await limits()).toEqual({ [anna]: 5 });
    await list({});

    expect(await findPinnedToRemoved(db, 10)).toEqual([]);
  });
});

it('tasks of others hold slots only while the scheduler’s answer is fresh', async () => {
  await settle({ [anna]: 5 });
  const free = async () => (await listSlots(db.prisma, anna))[0]?.free;
  await keepForeignOpen(db, new Map([[anna, 2]]), 60_000);
  expect(await free()).toBe(3);

  await keepForeignOpen(db, new Map([[anna, 2]]), 0);

  expect(await free()).toBe(5);
});
