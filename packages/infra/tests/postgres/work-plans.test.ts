import { anna, claimSettings, databaseForFile, runSql, seedAccounts, seedTryOns } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  carriedLanes,
  carryJobs,
  carryLostAgain,
  claimJobs,
  type Database,
  findExpired,
  findFalseClaims,
  findKnownReplyRefs,
  findPinnedToRemoved,
  findSilentSends,
  findUnaskable,
  forgetTurns,
  isTaskOfAnotherJob,
  judgeJobs,
  keepSearch,
  keepSwept,
  leaseDueLooks,
  listOpenAttempts,
  listSearched,
  listSlots,
  lookSoon,
  noteListing,
  openDatabase,
  putBack,
  scheduleLook,
} from '../../src/postgres/index.js';
import { loadJobs } from '../../src/postgres/load-jobs.js';
import { recordPlans, scannedTables } from './record-plans.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 4 });
afterAll(() => db.close());
const tryOnId = (n: number) => `try_${String(n).padStart(32, '0')}`;
const attemptId = (n: number) => `att_${String(n).padStart(32, '0')}`;
let fresh: string[] = [];

/** Of 100,000 jobs of 50 clients and 200 batches half are queued, some of them carried; of as many attempts a few are open. */
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
    `INSERT INTO catwalk.attempt (id, try_on_id, number, reply_ref, account, state, state_since, provider_task_id,
       image_count, sent_at, deadline_at, next_check_at)
     SELECT 'att_' || lpad(n::text, 32, '0'), 'try_' || lpad((1 + n / 2)::text, 32, '0'), 1 + n % 2, 'ref_' || n, '${anna}',
       CASE WHEN n > 99980 THEN (ARRAY['sending', 'accepted', 'unknown'])[1 + n % 3] ELSE 'ended_succeeded' END, now(),
       n::text, 1, now(), now(), CASE WHEN n > 99980 THEN now() + interval '1 hour' END
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.callback (id, reply_ref, attempt_id, try_on_id, decision, body, headers, content_hash, received_at, last_received_at)
     SELECT 'cb_' || n, 'ref_' || n, 'att_' || n, 'try_' || n, 'applied', '', '{}', 'hash' || n, now(), now()
     FROM generate_series(1, 100000) n`,
  );
  await seedAccounts(db, { [anna]: 50, 'ben@example.com': 10 });
  fresh = await seedTryOns(db, 20);
  await runSql(database.url, 'ANALYZE');
});

const big = ['try_on', 'attempt', 'callback', 'event'];
const question = (locate: { jobId: string } | { replyRef: string }, n: number) => ({
  locate,
  actor: 'test',
  judge: () => ({
    result: null,
    decision: null,
    callback: {
      id: `cb_new_${n}`,
      replyRef: `ref_${n}`,
      attemptId: null,
      tryOnId: null,
      decision: 'orphan',
      body: new Uint8Array(),
      headers: {},
      contentHash: 'new',
    },
  }),
});

describe('at 100,000 rows no table is read through by', () => {
  it.each<[string, (on: Database) => Promise<unknown>]>([
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
          Array.from({ length: 50 }, (_, n) => question({ replyRef: `ref_${n}` }, n)),
        ),
    ],
    ['carrying', carryJobs],
    ['forgetting turns', forgetTurns],
    ['telling which lanes hold jobs', carriedLanes],
    ['carrying again', (on) => carryLostAgain(on, '*', 60_000)],
    ['claiming', (on) => claimJobs(on, fresh, { ...claimSettings, account: 'ben@example.com' })],
    ['putting back', (on) => putBack(on, fresh)],
    ['listing the slots', (on) => listSlots(on.prisma)],
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
    ['finding silent sends', (on) => findSilentSends(on, 60_000, 500)],
    ['finding what cannot be asked', (on) => findUnaskable(on, 60_000, 500)],
    ['finding what expired', (on) => findExpired(on, 500)],
    ['finding what lost its account', (on) => findPinnedToRemoved(on, 500)],
  ])('%s', async (_what, run) => {
    const { db: watched, plans } = recordPlans(db);

    await run(watched);

    expect(plans.length).toBeGreaterThan(0);
    expect(plans.flatMap(scannedTables).filter((table) => big.includes(table))).toEqual([]);
  });
});

it('a table that is read through would be noticed', async () => {
  const { db: watched, plans } = recordPlans(db);
  await watched.prisma.$queryRaw`SELECT count(*)::int FROM catwalk.try_on WHERE dress_input = 'none'`;
  expect(plans.flatMap(scannedTables)).toEqual(['try_on']);
});
