import { databaseForFile, runSql } from '@catwalk/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findStatement } from '../../src/postgres/find-try-on.js';
import { Prisma } from '../../src/postgres/generated/client.js';
import { listStatement, type TryOnFilter } from '../../src/postgres/list-try-ons.js';
import { openDatabase } from '../../src/postgres/open-database.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => db.close());

const everything: TryOnFilter = {
  statuses: null,
  batchId: null,
  customId: null,
  replyRef: null,
  metadata: {},
  createdAfter: null,
  createdBefore: null,
  order: 'desc',
};
const page = { afterId: null, limit: 50 };
const middle = { afterId: `try_${'0'.repeat(26)}050000`, limit: 50 };

beforeAll(async () => {
  await runSql(
    database.url,
    `INSERT INTO catwalk.try_on (id, client, origin, custom_id, reply_ref, batch_id, human_image, image_count,
       priority, lane, status, status_since, due_at, created_at, updated_at, current_attempt_id)
     SELECT 'try_' || lpad(n::text, 32, '0'), 'client' || n % 20, 'api', 'sku' || n, 'ref' || n, 'bat_' || n / 1000,
       'https://a', 1, 1, '*', (ARRAY['queued','succeeded','failed','canceled'])[1 + n % 4], now(), now(), now(), now(),
       'att_' || n
     FROM generate_series(1, 100000) n`,
  );
  await runSql(
    database.url,
    `INSERT INTO catwalk.attempt (id, try_on_id, client, number, reply_ref, account, state, state_since, image_count, sent_at, deadline_at)
     SELECT 'att_' || n, 'try_' || lpad(n::text, 32, '0'), 'shop', 1, 'rr' || n, 'a', 'ended_succeeded', now(), 1, now(), now()
     FROM generate_series(1, 100000) n`,
  );
  await runSql(database.url, 'ANALYZE catwalk.try_on, catwalk.attempt');
});

async function planOf(statement: Prisma.Sql): Promise<string> {
  const rows = await db.prisma.$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN ${statement}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('at 100,000 jobs no table is read through by', () => {
  it.each<[string, () => Prisma.Sql]>([
    ['finding one of a client', () => findStatement('client1', Prisma.sql`t.id = ${middle.afterId}`)],
    ['finding one by its number', () => findStatement('client1', Prisma.sql`t.number = ${5_000n}`)],
    ['finding one as an admin', () => findStatement(null, Prisma.sql`t.id = ${middle.afterId}`)],
    ['the first page of a client', () => listStatement('client1', everything, page)],
    ['a page in the middle', () => listStatement('client1', everything, middle)],
    ['a page in the other order', () => listStatement('client1', { ...everything, order: 'asc' }, middle)],
    ['a page of every client', () => listStatement(null, everything, middle)],
    ['a status', () => listStatement('client1', { ...everything, statuses: ['failed'] }, middle)],
    ['a status of every client', () => listStatement(null, { ...everything, statuses: ['failed'] }, middle)],
    ['a customId', () => listStatement('client1', { ...everything, customId: 'sku77' }, page)],
    ['a replyRef', () => listStatement('client1', { ...everything, replyRef: 'ref77' }, page)],
    ['a batch', () => listStatement('client1', { ...everything, batchId: 'bat_7' }, page)],
    ['metadata', () => listStatement('client1', { ...everything, metadata: { a: 'b' } }, page)],
    ['a time', () => listStatement('client1', { ...everything, createdAfter: new Date(0) }, page)],
  ])('%s', async (_what, statement) => {
    const plan = await planOf(statement());
    expect(plan).not.toContain('Seq Scan');
    expect(plan).toContain('Index');
  });
});
