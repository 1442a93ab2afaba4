import {
  anna,
  claimSettings,
  databaseForFile,
  runSql,
  type SeededBatch,
  seedAccounts,
  seedBatch,
  seedTryOns,
} from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cancelBatch,
  cancelBatchJobs,
  carriedLanes,
  carryJobs,
  carryLostAgain,
  claimInputChecks,
  claimJobs,
  type Database,
  findExpired,
  findFalseClaims,
  findKnownReplyRefs,
  findPinnedToRemoved,
  findSilentSends,
  findUnaskable,
  foldBatches,
  forgetInputChecks,
  forgetTurns,
  isTaskOfAnotherJob,
  judgeJobs,
  keepCeilings,
  keepInputCheck,
  keepSearch,
  keepSwept,
  leaseDueLooks,
  listAccounts,
  listOpenAttempts,
  listSearched,
  listSlots,
  listUnchecked,
  lookSoon,
  noteAlive,
  noteListing,
  openDatabase,
  passInputs,
  pauseBatch,
  putBack,
  readInputChecks,
  readUsage,
  recountBudgets,
  resumeBatch,
  retryFailed,
  scheduleLook,
  setBatchCeiling,
  setBatchPriority,
  type UsageQuestion,
} from '../../src/postgres/index.js';
import { loadJobs } from '../../src/postgres/load-jobs.js';
import { keepOrphan } from './keep-orphan.js';
import { recordPlans, scannedTables } from './record-plans.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
const keeping = openDatabase({ url: database.url, poolMax: 4, keepsPlans: true });
afterAll(() => Promise.all([db.close(), keeping.close()]));
const tryOnId = (n: number) => `try_${String(n).padStart(32, '0')}`;
const attemptId = (n: number) => `att_${String(n).padStart(32, '0')}`;
let fresh: string[] = [];
let batches: SeededBatch[] = [];

/**
 * Of 100,000 jobs of 50 clients and 200 batches, some of which are held, half are queued, some of them carried; of as many attempts
 * a few are open. 20,000 more batches have ended, and as many ends are not counted yet.
 */
beforeAll(async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, priority, lane, flow, email,
       status, status_since, due_at, expires_at, created_at, updated_at, current_attempt_id)
     SELECT 'try_' || lpad(n::text, 32, '0'), 'shop-' || n % 50, 'api', 'https://a', 'https://b', 1, n % 3, CASE n % 2 WHEN 0 THEN '*' ELSE '${anna}' END,
       'bat_' || n % 200,
       CASE n % 2 WHEN 0 THEN NULL ELSE '${anna}' END, CASE WHEN n > 50000 THEN 'queued' ELSE 'succeeded' END, now(), now(),
       CASE n % 100 WHEN 0 THEN now() + n * interval '1 minute' END, now(), now(),
       CASE WHEN n <= 50000 THEN 'att_' || lpad(n::text, 32, '0') END
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.attempt (id, try_on_id, client, batch_id, number, reply_ref, account, state, state_since,
       provider_task_id, image_count, sent_at, deadline_at, next_check_at)
     SELECT 'att_' || lpad(n::text, 32, '0'), 'try_' || lpad((1 + n / 2)::text, 32, '0'), 'shop-' || n % 50,
       'bat_' || n % 200, 1 + n % 2, 'ref_' || n, '${anna}',
       CASE WHEN n > 99980 THEN (ARRAY['sending', 'accepted', 'unknown'])[1 + n % 3] ELSE 'ended_succeeded' END, now(),
       n::text, 1, now() - n % 100 * interval '1 day', now(), CASE WHEN n > 99980 THEN now() + interval '1 hour' END
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.callback (id, reply_ref, attempt_id, try_on_id, decision, body, headers, content_hash, received_at, last_received_at)
     SELECT 'cb_' || n, 'ref_' || n, 'att_' || n, 'try_' || n, 'applied', '', '{}', 'hash' || n, now(), now()
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.input_check (key, result, checked_at, look_at)
     SELECT 'key ' || n, 'good', now(), now() + n * interval '1 second' FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.batch (id, client, format, options, state, state_since, piloting, pilot_ids, priority,
       created_at, updated_at)
     SELECT 'bat_' || n, 'shop-' || n % 50, 'csv', '', CASE WHEN n >= 200 THEN 'finished' WHEN n % 20 = 0 THEN 'paused' ELSE 'running' END,
       now(), n % 20 = 1 AND n < 200, ARRAY['try_' || lpad(n::text, 32, '0')], 1, now(), now() FROM generate_series(0, 20200) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.batch_result (try_on_id, batch_id)
     SELECT 'try_' || lpad(n::text, 32, '0'), 'bat_' || n % 200 FROM generate_series(1, 20000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.batch_delta (batch_id, try_on_id, ended, images_billed)
     SELECT 'bat_' || n % 200, 'try_' || lpad(n::text, 32, '0'), 'succeeded', 1 FROM generate_series(20001, 60000) n`,
  );
  await seedAccounts(db, { [anna]: 50, 'ben@example.com': 10 });
  batches = [await seedBatch(db, 2_000), await seedBatch(db, 2_000)];
  await runSql(
    database.url,
    `UPDATE catwalk.try_on SET status = 'failed', error = '{"code": "expired", "message": "", "providerStatus": null, "providerMessage": null}'
     WHERE batch_line > 1900`,
  );
  fresh = await seedTryOns(db, 20);
  await keepCeilings(db, {
    all: 100_000,
    clients: new Map([
      ['shop', 100_000],
      ['shop-1', 0],
    ]),
  });
  await setBatchCeiling(db, 'bat_7', 3);
  await runSql(database.url, 'UPDATE catwalk.ceiling SET reached_at = now()');
  await runSql(database.url, 'ANALYZE');
});

const big = ['try_on', 'attempt', 'callback', 'event', 'input_check', 'batch', 'batch_delta', 'batch_result'];
const DAY_MS = 86_400_000;
const usage: UsageQuestion = {
  viewer: null,
  from: new Date(Date.now() - DAY_MS),
  to: new Date(Date.now() + DAY_MS),
  by: ['day', 'client'],
  rowsMax: 10_000,
  timeoutMs: 10_000,
};
describe.each([
  ['', db, 0],
  [', by connections that keep plans,', keeping, 1],
])('at 100,000 rows%s no table is read through by', (_by, asked, side) => {
  it.each<[string, (on: Database, side: number) => Promise<unknown>]>([
    ['loading jobs by id', (on) => loadJobs(on.prisma, { jobIds: [1, 2, 3].map(tryOnId), replyRefs: [] })],
    ['loading jobs by replyRef', (on) => loadJobs(on.prisma, { jobIds: [], replyRefs: ['ref_5', 'ref_6'] })],
    [
      'loading a whole batch',
      (on) =>
        loadJobs(on.prisma, {
          jobIds: [],
          replyRefs: Array.from({ length: 256 }, (_, n) => `ref_${n * 300}`),
        }),
    ],
    [
      'judging and keeping callbacks',
      (on) =>
        judgeJobs(
          on,
          Array.from({ length: 50 }, (_, n) => keepOrphan(n)),
        ),
    ],
    ['carrying', carryJobs],
    [
      'carrying only what was checked',
      async (on) => {
        await noteAlive(on, ['input-check'], 60_000);
        await carryJobs(on);
        await runSql(database.url, `DELETE FROM catwalk.lease WHERE name = 'input-check alive'`);
      },
    ],
    ['listing what is to be checked', listUnchecked],
    ['passing what was checked', (on) => passInputs(on, fresh)],
    ['reading looks at inputs', (on) => readInputChecks(on, ['key 1', 'key 2'])],
    ['claiming looks at inputs', (on) => claimInputChecks(on, [{ key: 'key 1', since: null }], 1_000)],
    ['keeping a look at an input', (on) => keepInputCheck(on, 'key 1', { result: 'good', reason: null })],
    ['forgetting looks at inputs', forgetInputChecks],
    ['counting what the ceilings leave', recountBudgets],
    ['telling the usage of a day', (on) => readUsage(on, usage)],
    ['telling the usage of a client’s day', (on) => readUsage(on, { ...usage, viewer: 'shop-1' })],
    ['forgetting turns', forgetTurns],
    ['telling which lanes hold jobs', carriedLanes],
    ['carrying again', (on) => carryLostAgain(on, '*', 60_000)],
    ['claiming', (on) => claimJobs(on, fresh, { ...claimSettings, account: 'ben@example.com' })],
    ['putting back', (on) => putBack(on, fresh)],
    ['listing the slots', (on) => listSlots(on.prisma)],
    ['listing the accounts with their last hour', (on) => listAccounts(on)],
    ['listing the open attempts', listOpenAttempts],
    ['leasing the looks that are due', (on) => leaseDueLooks(on, { leaseMs: 1_000, limit: 10 })],
    ['setting the next look', (on) => scheduleLook(on, attemptId(99_999), 1_000, 100)],
    ['looking soon', (on) => lookSoon(on, ['ref_99999'])],
    [
      'noting a listing',
      (on) =>
        noteListing(on, {
          listed: [attemptId(99_998)],
          notListed: [attemptId(99_999)],
          intervalMs: 1_000,
          graceMs: 1_000,
        }),
    ],
    [
      'telling our replyRefs from others',
      (on) =>
        findKnownReplyRefs(on, [
          { taskId: '5', replyRef: 'ref_5' },
          { taskId: '6', replyRef: 'of nobody' },
        ]),
    ],
    ['searching for evidence', (on) => listSearched(on, anna, new Date(), ['5', '6'])],
    ['finding false claims', (on) => findFalseClaims(on, 500)],
    ['telling whose a task is', (on) => isTaskOfAnotherJob(on, 'try_5', '6')],
    [
      'keeping how far a search came',
      (on) => {
        const now = new Date();
        const search = { graceFrom: now, sweptAt: now, absentAt: null, interruptedAt: null };
        return keepSearch(on, attemptId(99_999), search, 'listing_too_long');
      },
    ],
    ['keeping the end of a sweep', (on) => keepSwept(on, [attemptId(99_998), attemptId(99_999)])],
    ['counting what ended of batches', foldBatches],
    ['pausing a batch', (on, side) => pauseBatch(on, batches[side]?.id ?? '', { actor: 'ada' })],
    ['resuming a batch', (on, side) => resumeBatch(on, batches[side]?.id ?? '', { actor: 'ada' })],
    ['changing the priority of a batch', (on, side) => setBatchPriority(on, batches[side]?.id ?? '', 2)],
    [
      'retrying what failed of a batch',
      (on, side) => retryFailed(on, batches[side]?.id ?? '', { actor: 'ada' }),
    ],
    ['canceling a batch', (on, side) => cancelBatch(on, batches[side]?.id ?? '', { actor: 'ada' })],
    [
      'canceling jobs of a batch',
      (on, side) => cancelBatchJobs(on, { batchId: batches[side]?.id ?? '', actor: 'ada' }, 100),
    ],
    ['finding silent sends', (on) => findSilentSends(on, 60_000, 500)],
    ['finding what cannot be asked', (on) => findUnaskable(on, 60_000, 500)],
    ['finding what expired', (on) => findExpired(on, 500)],
    ['finding what lost its account', (on) => findPinnedToRemoved(on, 500)],
  ])('%s', async (_what, run) => {
    const { db: watched, plans } = recordPlans(asked);

    await run(watched, side);

    expect(plans.length).toBeGreaterThan(0);
    expect(plans.flatMap(scannedTables).filter((table) => big.includes(table))).toEqual([]);
  });
});

it('usage of too long a range, or of too many rows, says so', async () => {
  // What the other tests submitted is later.
  const long: UsageQuestion = {
    ...usage,
    from: new Date(Date.now() - 200 * DAY_MS),
    to: new Date(Date.now() - 1.5 * DAY_MS),
    by: ['batch'],
  };
  expect(await readUsage(db, { ...long, rowsMax: 195 })).toEqual({ kind: 'too_many_rows' });
  expect(await readUsage(db, { ...long, timeoutMs: 1 })).toEqual({ kind: 'too_slow' });
  expect(await readUsage(db, { ...long, rowsMax: 196 })).toMatchObject({
    kind: 'read',
    total: { imagesSubmitted: 98_000, jobsSubmitted: 49_000 },
  });
});

it('a table that is read through would be noticed', async () => {
  const { db: watched, plans } = recordPlans(db);
  await watched.prisma.$queryRaw`SELECT count(*)::int FROM catwalk.try_on WHERE dress_input = 'none'`;
  expect(plans.flatMap(scannedTables)).toEqual(['try_on']);
});
