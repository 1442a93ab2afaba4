import { databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { insertTryOns, type NewTryOn } from '../../src/postgres/insert-try-ons.js';
import { makeId } from '../../src/postgres/make-id.js';
import { openDatabase } from '../../src/postgres/open-database.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 8 });
afterAll(() => db.close());

function row(more: Partial<NewTryOn> = {}): NewTryOn {
  return {
    id: makeId('try'),
    client: 'anna',
    origin: 'api',
    idempotency: null,
    fingerprint: 'f',
    customId: null,
    metadata: {},
    humanImage: 'https://pictures.example/p.jpg',
    dressInput: 'https://pictures.example/d.jpg',
    upperInput: null,
    lowerInput: null,
    imageCount: 1,
    email: null,
    maxJobs: null,
    copyInputs: false,
    replyUrl: null,
    replyRef: null,
    priority: 1,
    expiresAt: null,
    ...more,
  };
}

const keyed = (key: string, more: Partial<NewTryOn> = {}) =>
  row({ idempotency: { endpoint: 'api', key }, ...more });

describe('inserting jobs', () => {
  it('stores a batch in one go, each with its first event and its place in a lane', async () => {
    const rows = [
      row(),
      row({ email: 'anna@example.com', metadata: { sku: '1' }, expiresAt: new Date(4e12) }),
    ];
    const results = await insertTryOns(db, rows);
    expect(results.map((result) => result.kind)).toEqual(['inserted', 'inserted']);
    const stored = await db.prisma.tryOn.findMany({
      where: { id: { in: rows.map((r) => r.id) } },
      orderBy: { id: 'asc' },
    });
    expect(stored).toMatchObject([
      { lane: '*', status: 'queued', priority: 1, version: 1, carry: 0, carriedAt: null },
      { lane: 'anna@example.com', metadata: { sku: '1' }, expiresAt: new Date(4e12) },
    ]);
    const events = await db.prisma.event.findMany({ where: { tryOnId: rows[0]?.id ?? '' } });
    expect(events).toMatchObject([{ kind: 'try_on.queued', actor: 'anna', at: stored[0]?.createdAt }]);
  });

  it('keeps one of two with the same key inside one batch, and tells the other its id', async () => {
    const rows = [keyed('twins'), keyed('twins'), keyed('twins', { fingerprint: 'other' })];
    const results = await insertTryOns(db, rows);
    expect(results.map((result) => result.kind)).toEqual(['inserted', 'replayed', 'key_reused']);
    expect(new Set(results.map((result) => ('id' in result ? result.id : null)))).toEqual(
      new Set([rows[0]?.id]),
    );
  });

  it('keeps one of many with the same key across connections at once, without a deadlock', async () => {
    const keys = ['r1', 'r2', 'r3', 'r4'];
    const batches = Array.from({ length: 16 }, (_, n) => (n % 2 === 0 ? keys : [...keys].reverse()));
    const results = await Promise.all(
      batches.map((batch) =>
        insertTryOns(
          db,
          batch.map((key) => keyed(key)),
        ),
      ),
    );
    const kinds = results.flat().map((result) => result.kind);
    expect(kinds.filter((kind) => kind === 'inserted')).toHaveLength(4);
    expect(kinds.filter((kind) => kind === 'replayed')).toHaveLength(60);
  });

  it('is repeatable: a row whose first answer was lost is stored once and told as inserted', async () => {
    const rows = [keyed('lost'), row()];
    const first = await insertTryOns(db, rows);
    expect(await insertTryOns(db, rows)).toEqual(first);
    const events = await db.prisma.event.count({ where: { tryOnId: { in: rows.map((r) => r.id) } } });
    expect(events).toBe(2);
  });

  it('lets one value that Postgres refuses fail alone', async () => {
    const rows = [
      row(),
      row({ humanImage: 'https://pictures.example/\0' }),
      row(),
      row({ imageCount: 2 ** 40 }),
    ];
    const results = await insertTryOns(db, rows);
    expect(results.map((result) => result.kind)).toEqual([
      'inserted',
      'unstorable',
      'inserted',
      'unstorable',
    ]);
  });

  it('numbers jobs within what a JSON number holds', async () => {
    const [result] = await insertTryOns(db, [row()]);
    expect(result?.kind === 'inserted' && Number.isSafeInteger(Number(result.number))).toBe(true);
  });

  it('leaves no open transaction behind', async () => {
    const idle = await runSql(
      database.url,
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'`,
    );
    expect(idle).toEqual([]);
  });
});
