import { anna, databaseForFile, runSql, seedAccounts, seedTryOns, startAttempts } from '@catwalk/testkit';
import { afterAll, expect, it } from 'vitest';
import {
  keepCredits,
  keepForeignOpen,
  listAccounts,
  openDatabase,
  pauseAccount,
  restAccount,
  resumeAccounts,
} from '../../src/postgres/index.js';

const ben = 'ben@example.com';
const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => db.close());

it('the accounts tell limits, slots, pauses, and what became of the submits of the last hour', async () => {
  await seedAccounts(db, { [anna]: 5, [ben]: 4 });
  const claimed = await startAttempts(db, await seedTryOns(db, 5));
  const states = ['ended_succeeded', 'ended_failed', 'never_sent', 'ended_succeeded'];
  for (const [n, state] of states.entries())
    await runSql(database.url, 'UPDATE catwalk.attempt SET state = $2 WHERE id = $1', [
      claimed[n]?.attemptId,
      state,
    ]);
  await runSql(
    database.url,
    `UPDATE catwalk.attempt SET sent_at = now() - interval '61 minutes' WHERE id = $1`,
    [claimed[3]?.attemptId],
  );
  await keepForeignOpen(db, new Map([[anna, 2]]), 60_000);
  await keepCredits(
    db,
    new Map([
      [anna, 660.5],
      [ben, null],
      ['gone@example.com', 1],
    ]),
  );
  await restAccount(db, ben, 0);
  await restAccount(db, ben, 60_000);
  await pauseAccount(db, ben, 'Subscription required', () => 60_000);

  const [first, second, ...others] = await listAccounts(db);

  expect(others).toEqual([]);
  expect(first).toMatchObject({
    email: anna,
    configured: true,
    maxJobs: 5,
    shrunkBy: 0,
    open: 1,
    foreignOpen: 2,
  });
  expect(first).toMatchObject({
    free: 2,
    faultReason: null,
    personSince: null,
    credits: 660.5,
    lastError: null,
  });
  expect(first?.lastHour).toMatchObject({
    sending: 1,
    ended_succeeded: 1,
    ended_failed: 1,
    never_sent: 1,
    unknown: 0,
  });
  expect(second).toMatchObject({ email: ben, shrunkBy: 1, free: 0, open: 0, credits: null });
  expect(second).toMatchObject({ faultReason: 'Subscription required', lastError: 'Subscription required' });
  for (const time of [second?.shrunkUntil, second?.restUntil, second?.faultUntil, second?.lastErrorAt])
    expect(time).toBeInstanceOf(Date);
  expect(Object.values(second?.lastHour ?? {}).every((count) => count === 0)).toBe(true);

  await resumeAccounts(db, [ben]);
  expect(await listAccounts(db, ben)).toMatchObject([
    { faultReason: null, lastError: 'Subscription required' },
  ]);
});
