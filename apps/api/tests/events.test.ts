import { type Database, sequenceEvents, tellEvents } from '@catwalk/infra/postgres';
import { databaseForFile, runSql, seedBatchRows } from '@catwalk/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { as, garment, keyed, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, keyed);
const get = (query: string, who: Parameters<typeof as>[0] = 'anna') =>
  api.request(`/v1/events${query}`, { headers: as(who) });

async function sequenceAll(db: Database): Promise<void> {
  while ((await sequenceEvents(db)) > 0);
}

const ids: string[] = [];
beforeAll(async () => {
  for (const who of ['anna', 'anna', 'ben'] as const)
    ids.push((await api.post('/v1/try-ons', garment, as(who))).body.id);
  await api.post(`/v1/try-ons/${ids[0]}/cancel`, {}, as('admin'));
  await tellEvents(api.database.prisma, [
    { type: 'callbacks.silent', client: null, actor: 'worker', data: { polledInARow: 3 } },
  ]);
  await sequenceAll(api.database);
});

// biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, field by field
const typesOf = (body: any) => body.data.map(({ type }: { type: string }) => type);

describe('GET /v1/events', () => {
  it('shows a client its own events, oldest first, with the try-on as it is now', async () => {
    const { status, body } = await get('');
    expect(status).toBe(200);
    expect(typesOf(body)).toEqual(['try_on.queued', 'try_on.queued', 'try_on.canceled']);
    expect(body.data[0]).toMatchObject({
      object: 'event',
      client: 'anna',
      actor: 'anna',
      tryOnId: ids[0],
      livemode: false,
      details: {},
      data: { object: 'try_on', id: ids[0], status: 'canceled' },
    });
    expect(body.data[2]).toMatchObject({ actor: 'ada' });
    expect(body).toMatchObject({ hasMore: false, nextAfter: body.data[2].position });
  });

  it('shows an admin all, also what concerns the operator alone', async () => {
    const { body } = await get('', 'admin');
    expect(body.data).toHaveLength(5);
    expect(body.data[4]).toMatchObject({
      type: 'callbacks.silent',
      client: null,
      details: { polledInARow: 3 },
      data: null,
    });
    expect(typesOf((await get('', 'ben')).body)).toEqual(['try_on.queued']);
  });

  it('is read on behind nextAfter, page by page, none missed and none twice', async () => {
    const seen = [];
    for (let after = 0, more = true; more; ) {
      const { body } = await get(`?after=${after}&limit=2`, 'admin');
      seen.push(...body.data);
      after = body.nextAfter;
      more = body.hasMore;
    }
    expect(seen).toEqual((await get('', 'admin')).body.data);
  });

  it('shows only the types, the try-on or the batch that were asked for', async () => {
    expect(typesOf((await get('?types=try_on.canceled,try_on.failed')).body)).toEqual(['try_on.canceled']);
    expect(typesOf((await get(`?tryOnId=${ids[0]}`)).body)).toEqual(['try_on.queued', 'try_on.canceled']);
    expect((await get(`?tryOnId=${ids[2]}`)).body.data).toEqual([]);
    expect((await get('?batchId=bat_unknown')).body.data).toEqual([]);
    const { id } = await seedBatchRows(database.url, { client: 'anna', lines: 2 });
    await tellEvents(api.database.prisma, [
      { type: 'batch.finished', client: 'anna', batchId: id, actor: 'worker', data: {} },
    ]);
    await sequenceAll(api.database);
    const { body } = await get(`?batchId=${id}`);
    expect(typesOf(body)).toContain('batch.finished');
    expect(body.data.at(-1)).toMatchObject({ batchId: id, data: { object: 'batch', id } });
  });

  it('begins behind the newest with after=latest, and beyond the end finds nothing', async () => {
    const latest = (await get('?after=latest', 'admin')).body;
    expect(latest).toMatchObject({ data: [], hasMore: false });
    const all = (await get('?limit=200', 'admin')).body;
    expect(latest.nextAfter).toBe(all.nextAfter);
    expect((await get('?after=9007199254740991')).body).toEqual({
      data: [],
      nextAfter: 9_007_199_254_740_991,
      hasMore: false,
    });
  });

  it('of a job that is gone has no data', async () => {
    await tellEvents(api.database.prisma, [
      { type: 'try_on.failed', client: 'ben', tryOnId: `try_${'0'.repeat(32)}`, actor: 'worker', data: {} },
    ]);
    await sequenceAll(api.database);
    expect((await get('?types=try_on.failed', 'ben')).body.data).toMatchObject([{ data: null }]);
  });

  it.each([
    ['types=try_on.eaten,try_on.failed', 'types', '"try_on.eaten"'],
    ['types=', 'types', 'has no type ""'],
    ['after=-1', 'after', 'whole number'],
    ['after=1.5', 'after', 'whole number'],
    ['after=9007199254740992', 'after', 'whole number'],
    ['after=now', 'after', 'latest'],
    ['limit=0', 'limit', '1 to 200'],
    ['limit=201', 'limit', '1 to 200'],
    ['batchId=', 'batchId', '1 to 100'],
    ['cursor=x', 'cursor', 'unknown'],
  ])('refuses %s by name', async (query, path, message) => {
    const { status, body } = await get(`?${query}`);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ path, message: expect.stringContaining(message) }]);
  });

  it('is no way to change the log', async () => {
    expect((await api.post('/v1/events', {}, as('anna'))).status).toBe(405);
    expect(await runSql(database.url, 'SELECT 1 FROM catwalk.event_outbox')).toEqual([]);
  });
});
