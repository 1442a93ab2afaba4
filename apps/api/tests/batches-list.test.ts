import { batchListSchema, invalidLineListSchema } from '@catwalk/contract';
import { databaseForFile, endInBatch, runSql, seedBatchRows, seedInvalidLines } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { as, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const list = async (query = '', name: Parameters<typeof as>[0] = 'anna') => {
  const { status, body } = await api.request(`/v1/batches${query}`, { headers: as(name) });
  expect([status, body]).toMatchObject([200, {}]);
  return batchListSchema.parse(body);
};

it('batches are listed newest first, complete and without repeats while others arrive', async () => {
  const made: string[] = [];
  for (let n = 0; n < 7; n += 1) made.unshift((await seedBatchRows(database.url, { lines: 2 })).id);
  const others = await seedBatchRows(database.url, { client: 'ben', lines: 1, state: 'finished' });
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof list>> = await list(
      `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    seen.push(...page.data.map((batch) => batch.id));
    cursor = page.nextCursor;
    await seedBatchRows(database.url, { lines: 1 });
  }
  expect(seen).toEqual(made);
  expect((await list('', 'ben')).data.map((batch) => batch.id)).toEqual([others.id]);
  expect((await list('?limit=200', 'admin')).data).toHaveLength(11);
  expect((await list('?state=finished', 'admin')).data).toMatchObject([{ id: others.id }]);
});

it('each batch of a list has its own counts, reasons and first invalid lines', async () => {
  const one = await seedBatchRows(database.url, { client: 'ben', lines: 5 });
  const two = await seedBatchRows(database.url, { client: 'ben', lines: 4, columns: { invalid: 20 } });
  await seedInvalidLines(database.url, two.id, 20);
  await endInBatch(database.url, one.jobIds.slice(0, 2), { status: 'failed', code: 'expired' });
  await runSql(database.url, `UPDATE catwalk.try_on SET status = 'processing' WHERE id = $1`, [
    two.jobIds[0],
  ]);
  const { data } = await list('?state=running', 'ben');
  expect(data).toMatchObject([
    {
      id: two.id,
      counts: { queued: 3, processing: 1, failed: 0 },
      waiting: { queue_turn: 3, provider_result: 1 },
      invalidLines: { count: 20, first: { length: 10 } },
    },
    { id: one.id, counts: { queued: 3, failed: 2 }, failures: { expired: 2 }, waiting: { queue_turn: 3 } },
  ]);
});

it('a cursor belongs to its listing and its caller', async () => {
  for (let n = 0; n < 2; n += 1) await seedBatchRows(database.url, { lines: 1 });
  const { nextCursor } = await list('?limit=1');
  for (const [query, name] of [
    [`?limit=1&cursor=${nextCursor}&state=running`, 'anna'],
    [`?limit=1&cursor=${nextCursor}`, 'ben'],
    ['?cursor=x', 'anna'],
    ['?state=done', 'anna'],
  ] as const)
    expect((await api.request(`/v1/batches${query}`, { headers: as(name) })).status).toBe(400);
});

it('invalid lines are listed in pages', async () => {
  const { id } = await seedBatchRows(database.url, { lines: 1 });
  await seedInvalidLines(database.url, id, 5);
  const read = async (query: string, name: Parameters<typeof as>[0] = 'anna') =>
    api.request(`/v1/batches/${id}/invalid-lines${query}`, { headers: as(name) });
  const first = invalidLineListSchema.parse((await read('?limit=3')).body);
  expect(first.data).toMatchObject([{ line: 1001 }, { line: 1002 }, { line: 1003 }]);
  const second = invalidLineListSchema.parse((await read(`?limit=3&cursor=${first.nextCursor}`)).body);
  expect(second).toMatchObject({ data: [{ line: 1004 }, { line: 1005 }], nextCursor: null });
  expect(second.data[0]?.errors).toEqual([{ path: 'imageCount', message: 'is wrong' }]);
  expect((await read('', 'ben')).status).toBe(404);
  expect((await read('?cursor=x')).status).toBe(400);
});
