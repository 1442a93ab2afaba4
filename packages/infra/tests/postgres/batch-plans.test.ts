import { databaseForFile, runSql, seedBatchRows } from '@catwalk/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Prisma } from '../../src/postgres/generated/client.js';
import { listBatchesStatement } from '../../src/postgres/list-batches.js';
import { listResultsStatement } from '../../src/postgres/list-results.js';
import { openDatabase } from '../../src/postgres/open-database.js';
import { findBatchStatement, findShownBatchStatement } from '../../src/postgres/read-batch.js';

const database = await databaseForFile();
const db = openDatabase({ url: database.url, poolMax: 2 });
afterAll(() => db.close());

const client = 'anna';
let id = '';
/** Before the server knew anything of the tables, as right after a large upload. */
let uninformed = '';
beforeAll(async () => {
  for (let n = 0; n < 20; n += 1) await seedBatchRows(database.url, { client, lines: 1_000 });
  ({ id } = await seedBatchRows(database.url, { client, lines: 20_000 }));
  for (const [status, from, to] of [
    ['succeeded', 1, 8_000],
    ['processing', 8_001, 8_010],
  ])
    await runSql(
      database.url,
      'UPDATE catwalk.try_on SET status = $2 WHERE batch_id = $1 AND batch_line BETWEEN $3 AND $4',
      [id, status, from, to],
    );
  await runSql(
    database.url,
    `INSERT INTO catwalk.batch_result (try_on_id, batch_id)
     SELECT id, batch_id FROM catwalk.try_on WHERE status = 'succeeded' ORDER BY id`,
  );
  uninformed = await planOf(findShownBatchStatement(client, id));
  await runSql(database.url, 'VACUUM ANALYZE catwalk.try_on, catwalk.batch, catwalk.batch_result');
});

const page = { state: null, afterId: null, limit: 50 };

it.each<[string, () => Prisma.Sql]>([
  ['finding a batch', () => findBatchStatement(client, id)],
  ['finding a batch as an admin', () => findBatchStatement(null, id)],
  ['a page of batches', () => listBatchesStatement(client, page)],
  [
    'a page of results',
    () => listResultsStatement({ batchId: id, statuses: ['failed'], after: 4_000n, limit: 500 }),
  ],
  ['showing a batch with what it waits for', () => findShownBatchStatement(client, id)],
  ['showing one to an admin', () => findShownBatchStatement(null, id)],
])('the jobs are never read through by %s', async (_what, statement) => {
  const plan = await planOf(statement());
  expect(plan).not.toContain('Seq Scan on try_on');
  expect(plan).not.toContain('Seq Scan on batch_result');
  expect(plan).not.toContain('try_on_batch_id_id_idx');
  expect(plan).not.toContain('try_on_client_status_idx');
});

it('what a batch waits for is found in the index of what waits, also while the tables are new', () => {
  expect(uninformed).toContain('try_on_waiting_idx');
  expect(uninformed).not.toContain('try_on_client_status_idx');
  expect(uninformed).not.toContain('Seq Scan on try_on');
});

async function planOf(statement: Prisma.Sql): Promise<string> {
  const rows = await db.prisma.$queryRaw<Record<string, string>[]>`EXPLAIN ${statement}`;
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
