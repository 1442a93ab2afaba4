import { EVENT_TYPES, isEventType } from '@catwalk/core';
import {
  anna,
  claimSettings,
  databaseForFile,
  newTryOn,
  runSql,
  seedAccounts,
  seedTryOns,
} from '@catwalk/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  claimJobs,
  type Database,
  type EventFilter,
  type EventRow,
  insertTryOns,
  judgeJob,
  listEvents,
  openDatabase,
  pauseAccount,
  pauseAccountByPerson,
  pauseEverything,
  readLastPosition,
  resumeAccounts,
  resumeEverything,
  SEQUENCED_MAX,
  sequenceEvents,
  tellEvents,
} from '../../src/postgres/index.js';
import { emptyTables } from './empty-tables.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 24 });
afterAll(() => db.close());
beforeEach(() => emptyTables(database.url));

const everything: EventFilter = { types: null, batchId: null, tryOnId: null };

async function readAll(
  viewer: string | null = null,
  filter: Partial<EventFilter> = {},
  limit = 200,
): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  for (let after = 0n; ; ) {
    const page = await listEvents(db, viewer, { after, limit, filter: { ...everything, ...filter } });
    rows.push(...page.rows);
    if (!page.hasMore) return rows;
    after = page.readTo;
  }
}

async function sequenceAll(by: Database = db): Promise<void> {
  while ((await sequenceEvents(by)) > 0);
}

const tell = (tx: Parameters<typeof tellEvents>[0], name: string) =>
  tellEvents(tx, [{ type: 'callbacks.silent', client: 'shop', actor: 'test', data: { name } }]);

const namesOf = (rows: readonly EventRow[]) => rows.map((row) => row.data.name);

describe('what others are told', () => {
  it('is every change of a job, in its order, with whose it is and who caused it', async () => {
    await seedAccounts(db, { [anna]: 1 });
    const [id = ''] = await seedTryOns(db, 1);
    await claimJobs(db, [id], claimSettings);
    await judgeJob(db, { jobId: id, actor: 'shop', event: { type: 'canceled-by-client' } });
    await sequenceAll();
    const rows = await readAll('shop');
    expect(rows.map(({ type, actor }) => [type, actor])).toEqual([
      ['try_on.queued', 'shop'],
      ['try_on.submitted', claimSettings.actor],
      ['try_on.canceled', 'shop'],
    ]);
    for (const row of rows)
      expect(row).toMatchObject({ client: 'shop', tryOnId: id, batchId: null, data: {} });
    expect(new Set(rows.map((row) => row.id)).size).toBe(3);
  });

  it('is nothing of a change that was not saved', async () => {
    await seedAccounts(db, { [anna]: 1 });
    const [id = ''] = await seedTryOns(db, 1);
    const failing = db.prisma.$transaction(async (tx) => {
      await tell(tx, 'never');
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    await judgeJob(db, {
      jobId: id,
      actor: 'shop',
      event: { type: 'retried-by-client', mayBillTwice: false },
    });
    await sequenceAll();
    expect((await readAll()).map((row) => row.type)).toEqual(['try_on.queued']);
  });

  it('is a pause of an account and its end, once each, to the operator alone', async () => {
    await seedAccounts(db, { [anna]: 1 });
    await pauseAccount(db, anna, 'Subscription required', () => 0);
    await pauseAccount(db, anna, 'Subscription required', () => 60_000);
    await resumeAccounts(db, [anna]);
    await resumeAccounts(db, [anna]);
    await pauseAccountByPerson(db, anna, { actor: 'boss', reason: 'tests' });
    await pauseAccountByPerson(db, anna, { actor: 'boss', reason: 'again' });
    await pauseEverything(db, { actor: 'boss', reason: null });
    await resumeEverything(db, 'boss');
    await sequenceAll();
    expect(
      (await readAll()).map(({ type, account, actor, data }) => ({ type, account, actor, data })),
    ).toEqual([
      {
        type: 'account.paused',
        account: anna,
        actor: 'provider',
        data: { by: 'fault', reason: 'Subscription required' },
      },
      { type: 'account.resumed', account: anna, actor: 'provider', data: { by: 'fault' } },
      { type: 'account.paused', account: anna, actor: 'boss', data: { by: 'person', reason: 'tests' } },
      { type: 'account.paused', account: null, actor: 'boss', data: { by: 'person', reason: null } },
      { type: 'account.resumed', account: null, actor: 'boss', data: { by: 'person' } },
    ]);
    expect(await readAll('shop')).toEqual([]);
    expect(await readLastPosition(db, 'shop')).toBe(0n);
  });

  it('is told by types that everybody knows', () => {
    for (const type of EVENT_TYPES) expect(isEventType(type)).toBe(true);
    expect(isEventType('attempt.accepted')).toBe(false);
  });
});

describe('positions', () => {
  it('follow the order of commits, not that in which the changes began', async () => {
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let began = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const slow = db.prisma.$transaction(async (tx) => {
      await tell(tx, 'began first');
      began();
      await held;
    });
    await hasBegun;
    await tell(db.prisma, 'committed first');
    await sequenceAll();
    expect(namesOf(await readAll())).toEqual(['committed first']);
    finish();
    await slow;
    await sequenceAll();
    expect(namesOf(await readAll())).toEqual(['committed first', 'began first']);
  });

  it('are given once, however many processes give them: a follower sees each event exactly once, in order', async () => {
    const total = 1_500;
    const writers = Array.from({ length: 10 }, async (_, writer) => {
      for (let n = 0; n < total / 10; n += 1)
        await db.prisma.$transaction(async (tx) => {
          await tell(tx, `${writer}:${n}`);
          if (n % 7 === writer % 7) await tx.$queryRaw`SELECT pg_sleep(${(n % 5) / 1_000})::text`;
        });
    });
    let writing = true;
    const sequencers = Array.from({ length: 4 }, async () => {
      while (writing) await sequenceEvents(db);
    });
    const seen: EventRow[] = [];
    const follow = async () => {
      const after = seen.at(-1)?.position ?? 0n;
      const page = await listEvents(db, 'shop', { after, limit: 100, filter: everything });
      seen.push(...page.rows);
    };
    const follower = (async () => {
      while (writing) await follow();
    })();
    await Promise.all(writers);
    writing = false;
    await Promise.all([...sequencers, follower]);
    await sequenceAll();
    for (let before = -1; before < seen.length; ) {
      before = seen.length;
      await follow();
    }
    expect(seen).toHaveLength(total);
    expect(new Set(namesOf(seen)).size).toBe(total);
    for (let writer = 0; writer < 10; writer += 1) {
      const own = namesOf(seen).filter((name) => String(name).startsWith(`${writer}:`));
      expect(own).toEqual(Array.from({ length: total / 10 }, (_, n) => `${writer}:${n}`));
    }
  });

  it('are given to a thousand events at a time', async () => {
    await runSql(
      database.url,
      `INSERT INTO catwalk.event_outbox (type, actor, at) SELECT 'budget.reached', 'test', now() FROM generate_series(1, 1200)`,
    );
    expect(await sequenceEvents(db)).toBe(SEQUENCED_MAX);
    expect(await sequenceEvents(db)).toBe(200);
    expect(await sequenceEvents(db)).toBe(0);
  });
});

describe('reading events', () => {
  it('shows a client its own, by type and job, in pages that miss and repeat nothing', async () => {
    await seedTryOns(db, 3);
    const others = await seedTryOns(db, 2, { client: 'other' });
    await judgeJob(db, { jobId: others[0] ?? '', actor: 'other', event: { type: 'canceled-by-client' } });
    await sequenceAll();
    expect(await readAll('shop')).toHaveLength(3);
    expect(await readAll(null, {}, 2)).toHaveLength(6);
    expect(await readAll('other', { types: ['try_on.canceled'] }, 1)).toHaveLength(1);
    expect((await readAll('other', { tryOnId: others[0] ?? '' }, 1)).map((row) => row.type)).toEqual([
      'try_on.queued',
      'try_on.canceled',
    ]);
    expect(await readAll('shop', { tryOnId: others[0] ?? '' })).toEqual([]);
  });

  it('goes on behind events that the filter let not pass', async () => {
    await seedTryOns(db, 5);
    await sequenceAll();
    const page = await listEvents(db, 'shop', {
      after: 0n,
      limit: 10,
      filter: { ...everything, types: ['try_on.failed'] },
    });
    expect(page.rows).toEqual([]);
    expect(page.readTo).toBe(await readLastPosition(db, 'shop'));
    expect(page.hasMore).toBe(false);
  });

  it('keeps the place of a job that was stored by a repeated insert', async () => {
    const row = newTryOn();
    await insertTryOns(db, [row]);
    await insertTryOns(db, [row]);
    await sequenceAll();
    expect(await readAll('shop')).toHaveLength(1);
  });
});
