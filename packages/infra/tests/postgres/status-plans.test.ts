import { databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countStatement } from '../../src/postgres/count-by-status.js';
import { countByStatus, openDatabase, readCallbackHealth } from '../../src/postgres/index.js';
import { recordPlans, scannedTables } from './record-plans.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => db.close());

/** 100,000 jobs, half of them one client's, each ended and called back a minute after the one before. */
beforeAll(async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, metadata, priority, lane,
       status, status_since, due_at, created_at, updated_at, current_attempt_id)
     SELECT 'try_' || n, CASE n % 2 WHEN 0 THEN 'large' ELSE 'client' || n % 20 END, 'api', 'https://a/' || md5(n::text),
       'https://b', 1, jsonb_build_object('sku', n), 1, '*', (ARRAY['succeeded', 'failed', 'queued'])[1 + n % 3], now(),
       now(), now(), now(), 'att_' || n
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count, exchange,
       sent_at, deadline_at)
     SELECT 'att_' || n, 'try_' || n, 'large', 1, 'ref_' || n, 'a', 'ended_succeeded', now() - n * interval '1 minute', 1,
       '{"request": {"replyUrl": "https://hooks.example"}}', now(), now()
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.callback (id, reply_ref, decision, body, headers, content_hash, received_at, last_received_at)
     SELECT 'cb_' || n, 'ref_' || n, CASE WHEN n % 100 = 0 THEN 'orphan' ELSE 'applied' END, '', '{}', 'hash',
       now() - n * interval '1 minute', now()
     FROM generate_series(1, 100000) n`,
  );
  await runSql(database.url, 'VACUUM ANALYZE catwalk.try_on, catwalk.attempt, catwalk.callback');
});

describe('at 100,000 jobs no large table is read through by', () => {
  it('the health of callbacks', async () => {
    const recorded = recordPlans(db);
    const health = await readCallbackHealth(recorded.db);
    expect(health).toMatchObject({ state: 'ok', receivedLastHour: 59, polledLastHour: 0, orphans: 1_000 });
    expect(recorded.plans.flatMap(scannedTables)).toEqual([]);
  });

  it.each([
    ['the counts of a client', 'client1'],
    ['the counts of a client with half of all jobs', 'large'],
    ['the counts of an admin', null],
  ])('%s', async (_what, viewer) => {
    const statement = countStatement(viewer);
    const rows = await db.prisma.$queryRawUnsafe<Record<string, string>[]>(
      `EXPLAIN ${statement.sql}`.replace('?', '$1'),
      ...statement.values,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toContain('Seq Scan');
    expect(plan).toContain('Index Only Scan');
  });

  it('and the counts are right', async () => {
    const counts = await countByStatus(db, null);
    expect(counts).toEqual({
      queued: 33_333,
      submitting: 0,
      unconfirmed: 0,
      processing: 0,
      succeeded: 33_333,
      failed: 33_334,
      canceled: 0,
    });
  });
});
