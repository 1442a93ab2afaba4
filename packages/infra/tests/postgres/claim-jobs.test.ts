import {
  anna,
  claimSettings,
  databaseForFile,
  newTryOn,
  runSql,
  seedAccounts,
  seedTryOns,
  startAttempts,
} from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { claimJobs, insertTryOns, judgeJob, openDatabase, putBack } from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 12 });
afterAll(() => db.close());
beforeEach(async () => {
  await emptyTables(database.url);
  await seedAccounts(db, { [anna]: 5, 'ben@example.com': 5 });
});

const claim = (ids: readonly string[], account = anna) => claimJobs(db, ids, { ...claimSettings, account });
const openAttempts = () =>
  db.prisma.attempt.count({ where: { state: { in: ['sending', 'accepted', 'unknown'] } } });

describe('claiming', () => {
  it('never passes the limit with 8 claimers at once, and uses it fully', async () => {
    const ids = await seedTryOns(db, 40);

    const claims = await Promise.all(Array.from({ length: 8 }, (_, n) => claim(ids.slice(n * 5, n * 5 + 5))));

    expect(claims.flatMap(({ claimed }) => claimed)).toHaveLength(5);
    expect(claims.flatMap(({ withoutSlot }) => withoutSlot)).toHaveLength(35);
    expect(await openAttempts()).toBe(5);
  });

  it('starts a job once when 8 claimers have it', async () => {
    const ids = await seedTryOns(db, 3);

    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(ids)));

    expect(
      claims
        .flatMap(({ claimed }) => claimed)
        .map((job) => job.jobId)
        .sort(),
    ).toEqual(ids);
    expect(await db.prisma.attempt.count()).toBe(3);
  });

  it('has committed each attempt with its replyRef when it returns: before anything is sent', async () => {
    const [job] = (await claim(await seedTryOns(db, 1))).claimed;

    const [seen] = await runSql(
      database.url,
      `SELECT t.status, t.current_attempt_id, a.id, a.reply_ref, a.state, a.account, a.number
       FROM catwalk.attempt a JOIN catwalk.try_on t ON t.id = a.try_on_id`,
    );
    expect(seen).toEqual({
      status: 'submitting',
      current_attempt_id: job?.attemptId,
      id: job?.attemptId,
      reply_ref: job?.replyRef,
      state: 'sending',
      account: anna,
      number: 1,
    });
  });

  it('tells what to ask the provider for, in the order of the lane', async () => {
    const rows = [
      newTryOn({ imageCount: 3 }),
      newTryOn({ dressInput: null, upperInput: 'https://pictures.example/u.jpg' }),
    ];
    await insertTryOns(db, rows);

    const { claimed } = await claim(rows.map((row) => row.id).reverse());

    expect(claimed.map((job) => job.request)).toEqual(
      rows.reverse().map(({ humanImage, dressInput, upperInput, lowerInput, imageCount }) => ({
        humanImage,
        dressInput,
        upperInput,
        lowerInput,
        imageCount,
      })),
    );
  });

  it('gives the deadline and the first look by the database’s clock', async () => {
    await claim(await seedTryOns(db, 1));

    const [row] = await runSql(
      database.url,
      `SELECT extract(epoch FROM deadline_at - sent_at)::int AS deadline,
         extract(epoch FROM next_check_at - sent_at)::int AS look,
         clock_timestamp() - sent_at < interval '1 minute' AS fresh FROM catwalk.attempt`,
    );
    expect(row).toEqual({ deadline: 1_800, look: 60, fresh: true });
  });
});

describe('a job that may not start', () => {
  it.each([
    ['is not due yet', `due_at = clock_timestamp() + interval '1 minute'`],
    ['has expired', `expires_at = clock_timestamp() - interval '1 second'`],
    ['was canceled', `status = 'canceled'`],
    ['is on its way already', `status = 'submitting'`],
    ['is pinned to another account', `lane = 'ben@example.com', email = 'ben@example.com'`],
  ])('because it %s is neither claimed nor put back', async (_why, change) => {
    const [id, other] = await seedTryOns(db, 2);
    await runSql(database.url, `UPDATE catwalk.try_on SET ${change} WHERE id = $1`, [id]);

    const { claimed, withoutSlot } = await claim([id ?? '', other ?? '', 'try_of_nobody', '']);

    expect(claimed.map((job) => job.jobId)).toEqual([other]);
    expect(withoutSlot).toEqual([]);
  });

  it('for want of an account stays as it is', async () => {
    const ids = await seedTryOns(db, 1);
    expect(await claim(ids, 'nobody@example.com')).toMatchObject({
      claimed: [],
      withoutSlot: ids,
      freeLeft: 0,
    });
  });
});

describe('claiming for several accounts', () => {
  const both = ['ben@example.com', anna];
  const claimForBoth = (ids: readonly string[]) => claimJobs(db, ids, { ...claimSettings, account: both });
  const accountsOf = (claims: readonly { claimed: readonly { account: string }[] }[]) =>
    claims.flatMap(({ claimed }) => claimed.map(({ account }) => account));

  it('never passes the limit of one with 8 claimers at once, and uses all of them fully', async () => {
    const ids = await seedTryOns(db, 40);

    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        n % 2 === 0 ? claimForBoth(ids.slice(n * 5, n * 5 + 5)) : claim(ids.slice(n * 5, n * 5 + 5)),
      ),
    );

    const accounts = accountsOf(claims);
    expect(accounts.filter((account) => account === anna)).toHaveLength(5);
    expect(accounts.filter((account) => account !== anna)).toHaveLength(5);
    expect(claims.flatMap(({ withoutSlot }) => withoutSlot)).toHaveLength(30);
  });

  it('starts a pinned job on its own account, others on the emptiest, and none past its maxJobs', async () => {
    await startAttempts(db, await seedTryOns(db, 2));
    const [pinned = ''] = await seedTryOns(db, 1, { email: anna });
    const narrow = await seedTryOns(db, 2, { maxJobs: 1 });
    const any = await seedTryOns(db, 2);

    const { claimed, withoutSlot, freeFound, freeLeft } = await claimForBoth([pinned, ...narrow, ...any]);

    expect(claimed.map(({ jobId, account }) => [jobId, account])).toEqual([
      [pinned, anna],
      [narrow[0], 'ben@example.com'],
      [any[0], 'ben@example.com'],
      [any[1], 'ben@example.com'],
    ]);
    expect(withoutSlot).toEqual([narrow[1]]);
    expect(Object.fromEntries(freeFound)).toEqual({ [anna]: 3, 'ben@example.com': 5 });
    expect(freeLeft).toBe(4);
  });
});

describe('maxJobs', () => {
  it('keeps a job back while so many attempts of the account are open', async () => {
    await startAttempts(db, await seedTryOns(db, 2));
    const [two] = await seedTryOns(db, 1, { maxJobs: 2 });
    const [three] = await seedTryOns(db, 1, { maxJobs: 3 });

    const { claimed, withoutSlot } = await claim([two ?? '', three ?? '']);

    expect(claimed.map((job) => job.jobId)).toEqual([three]);
    expect(withoutSlot).toEqual([two]);
  });

  it('holds inside one claim as well: of four with maxJobs 1, one starts', async () => {
    const ids = await seedTryOns(db, 4, { maxJobs: 1 });

    const { claimed, withoutSlot, freeLeft } = await claim(ids);

    expect(claimed.map((job) => job.jobId)).toEqual(ids.slice(0, 1));
    expect(withoutSlot).toEqual(ids.slice(1));
    expect(freeLeft).toBe(4);
  });
});

describe('putting back', () => {
  it('takes queued jobs out of their lane, and leaves a started one alone', async () => {
    const [queued, started] = await seedTryOns(db, 2);
    await startAttempts(db, [started ?? '']);
    await runSql(database.url, 'UPDATE catwalk.try_on SET carried_at = clock_timestamp()');

    await putBack(db, [queued ?? '', started ?? '']);

    const rows = await db.prisma.tryOn.findMany({ orderBy: { id: 'asc' } });
    expect(rows.map((row) => row.carriedAt)).toEqual([null, expect.any(Date)]);
  });
});

describe('a slot', () => {
  it('is held by the open attempt of a canceled job, and free when it ends', async () => {
    await seedAccounts(db, { [anna]: 1 });
    const [first, next] = await seedTryOns(db, 2);
    const [job] = await startAttempts(db, [first ?? '']);
    if (job === undefined || next === undefined) throw new Error('two jobs were asked for');
    await judgeJob(db, { jobId: job.jobId, actor: 'shop', event: { type: 'canceled-by-client' } });
    expect((await claim([next])).withoutSlot).toEqual([next]);

    const failure = {
      code: 'generation_failed',
      message: '',
      providerStatus: null,
      providerMessage: null,
    } as const;
    const event = { type: 'failed', taskId: '1', failure } as const;
    const attempt = { type: 'attempt', attemptId: job.attemptId, event } as const;
    await judgeJob(db, { jobId: job.jobId, actor: 'provider', event: attempt });

    expect((await claim([next])).claimed).toHaveLength(1);
  });
});
