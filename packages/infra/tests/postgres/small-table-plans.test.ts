import { anna, claimSettings, databaseForFile, runSql, seedAccounts, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimJobs, type Database, judgeJobs, openDatabase } from '../../src/postgres/index.js';
import { keepOrphan } from './keep-orphan.js';
import { recordPlans, scannedTables } from './record-plans.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
afterAll(() => db.close());
let fresh: string[] = [];

/** As many rows as make reading a table through look cheap, though it takes milliseconds, for each job again. */
beforeAll(async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, priority, lane, status,
       status_since, due_at, created_at, updated_at)
     SELECT 'try_' || lpad(n::text, 32, '0'), 'shop', 'api', 'https://a', 'https://b', 1, 1, '*', 'succeeded',
       now(), now(), now(), now() FROM generate_series(1, 5000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count, sent_at,
       deadline_at)
     SELECT 'att_' || lpad(n::text, 32, '0'), 'try_' || lpad(n::text, 32, '0'), 'shop', 1, 'ref_' || n, '${anna}',
       'ended_succeeded', now(), 1, now(), now() FROM generate_series(1, 5000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.callback (id, reply_ref, decision, body, headers, content_hash, received_at, last_received_at)
     SELECT 'cb_' || n, 'ref_' || n, 'applied', convert_to(repeat('x', 900), 'utf8'), '{}', 'hash' || n, now(), now()
     FROM generate_series(1, 5000) n`,
  );
  await seedAccounts(db, { [anna]: 50 });
  fresh = await seedTryOns(db, 5);
  await runSql(database.url, 'ANALYZE');
});

describe('at 5,000 rows, too, no table is read through by', () => {
  it.each<[string, (on: Database) => Promise<unknown>]>([
    ['claiming', (on) => claimJobs(on, fresh, claimSettings)],
    ['judging and keeping a callback', (on) => judgeJobs(on, [keepOrphan(7)])],
  ])('%s', async (_what, run) => {
    const { db: watched, plans } = recordPlans(db);

    await run(watched);

    const big = ['try_on', 'attempt', 'callback', 'event'];
    expect(plans.length).toBeGreaterThan(0);
    expect(plans.flatMap(scannedTables).filter((table) => big.includes(table))).toEqual([]);
  });
});
