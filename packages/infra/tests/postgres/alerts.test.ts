import { databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { carryDeliveries, keepAlerts, openDatabase, sequenceEvents } from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await runSql(database.url, `DELETE FROM catwalk.setting WHERE key LIKE 'alerted%'`);
});

const happen = async (type: string, account: string) => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.event_outbox (type, account, actor, at) VALUES ('${type}', '${account}', 'test', now())`,
  );
  await sequenceEvents(db);
};
const round = () =>
  keepAlerts(db, ['account.paused', 'budget.reached'], ({ type, account }) => `${type} ${account}`);
const alerts = async () =>
  (await db.prisma.delivery.findMany({ orderBy: { id: 'asc' } })).map(({ text, state, dueAt }) => ({
    text,
    state,
    inS: Math.round((dueAt.getTime() - Date.now()) / 1_000),
  }));

it('alerts begin with what comes after the first look, and are of what was asked for', async () => {
  await happen('account.paused', 'before');
  await round();
  await happen('account.paused', 'anna');
  await happen('account.resumed', 'anna');
  expect(await round()).toEqual({ made: true, more: false });
  expect(await round()).toEqual({ made: false, more: false });
  expect((await alerts()).map(({ text }) => text)).toEqual(['account.paused anna']);
});

it('of each kind there is one a minute: what comes within it is put together into the next', async () => {
  await round();
  await happen('account.paused', 'anna');
  await round();
  expect((await carryDeliveries(db)).jobs).toHaveLength(1);
  for (const account of ['ben', 'cleo']) {
    await happen('account.paused', account);
    await round();
  }
  await happen('budget.reached', 'all');
  await round();
  const [first, second, third] = await alerts();
  expect(first).toMatchObject({ text: 'account.paused anna' });
  expect(second?.text).toBe('account.paused ben\naccount.paused cleo');
  expect(second?.inS).toBeGreaterThan(50);
  expect(second?.inS).toBeLessThanOrEqual(60);
  expect(third).toMatchObject({ text: 'budget.reached all' });
  expect(third?.inS).toBeLessThanOrEqual(0);
});

it('several processes that look at once make each alert once', async () => {
  await round();
  for (let n = 0; n < 20; n += 1) await happen('account.paused', `a${n}`);
  await Promise.all(Array.from({ length: 4 }, round));
  await round();
  const lines = (await alerts()).flatMap(({ text }) => text?.split('\n') ?? []);
  expect(lines).toHaveLength(20);
  expect(new Set(lines).size).toBe(20);
});
