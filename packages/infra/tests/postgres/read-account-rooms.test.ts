import { databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { keepAccounts } from '../../src/postgres/keep-accounts.js';
import { pauseAccountByPerson, pauseEverything } from '../../src/postgres/keep-pauses.js';
import { openDatabase } from '../../src/postgres/open-database.js';
import { readAccountRooms } from '../../src/postgres/read-account-rooms.js';
import { noteAlive } from '../../src/postgres/take-lease.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => db.close());

describe('what is known of the accounts', () => {
  it('is empty without accounts, with the database’s clock', async () => {
    expect(await readAccountRooms(db)).toEqual({
      accounts: [],
      links: null,
      paused: null,
      budgets: [],
      checksInputs: false,
      provider: null,
      silent: null,
      now: expect.any(Date),
    });
  });

  it('is their room and their pauses, only of configured ones, and whether the provider is down', async () => {
    await keepAccounts(db, new Map([['gone@example.com', 1]]));
    await keepAccounts(
      db,
      new Map([
        ['a@example.com', 3],
        ['b@example.com', 2],
      ]),
    );
    await runSql(
      database.url,
      `UPDATE catwalk.account SET state = 'paused', paused_reason = 'unpaid', paused_since = '2030-01-01Z' WHERE email LIKE 'b%'`,
    );
    await runSql(
      database.url,
      `UPDATE catwalk.account SET foreign_open = 1, foreign_until = '2040-01-01Z',
         rest_until = '2030-01-01Z' WHERE email LIKE 'a%'`,
    );
    await runSql(
      database.url,
      `INSERT INTO catwalk.provider (id, down_since) VALUES ('useapi-kling', '2030-01-01Z')`,
    );
    const since = new Date('2030-01-01Z');
    expect(await readAccountRooms(db)).toMatchObject({
      accounts: [
        { email: 'a@example.com', free: 2, open: 0, restUntil: since, paused: null },
        { email: 'b@example.com', free: 2, paused: { by: 'fault', reason: 'unpaid', since, until: null } },
      ],
      provider: { since, until: null },
    });
  });

  it('is what a person has paused, before any fault', async () => {
    await pauseAccountByPerson(db, 'b@example.com', { actor: 'ada', reason: 'invoice open' });
    await pauseEverything(db, { actor: 'ada', reason: null });
    expect(await readAccountRooms(db)).toMatchObject({
      accounts: [
        { email: 'a@example.com', paused: null },
        { email: 'b@example.com', paused: { by: 'person', reason: 'invoice open', until: null } },
      ],
      paused: { reason: null, since: expect.any(Date) },
    });
  });

  it('is which part has fallen silent: the worker, or the queue for its workers', async () => {
    const silent = async () => (await readAccountRooms(db)).silent;
    await noteAlive(db, ['worker'], 60_000);
    expect(await silent()).toBe('queue');
    await noteAlive(db, ['worker', 'queue'], 60_000);
    expect(await silent()).toBeNull();

    await runSql(database.url, `UPDATE catwalk.lease SET until = until - interval '2 minutes'`);

    expect(await silent()).toBe('worker');
  });
});
