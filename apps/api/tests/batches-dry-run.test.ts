import { batchDryRunSchema } from '@catwalk/contract';
import { keepCredits, pauseAccountByPerson, resumeAccountByPerson } from '@catwalk/infra/postgres';
import { databaseForFile, runSql, seedTryOns } from '@catwalk/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { succeed } from './move-job.js';
import { startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url, { imagePrice: { amount: '0.05', currency: 'EUR' } });

const dryRun = async (body: string, query = '') => {
  const answer = await api.request(`/v1/batches?dryRun=true${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'dry' },
    body,
  });
  expect(answer.status).toBe(200);
  return batchDryRunSchema.strict().parse(answer.body);
};
const line = (customId: string | null, person: string, more: object = {}) =>
  JSON.stringify({
    customId,
    humanImage: `https://pictures.example/${person}.jpg`,
    dressInput: 'https://pictures.example/d.jpg',
    ...more,
  });

beforeAll(async () => {
  await keepCredits(
    api.database,
    new Map([
      ['anna@example.com', 1_250],
      ['ben@example.com', null],
    ]),
  );
});

describe('POST /v1/batches?dryRun=true', () => {
  it('checks and counts everything, and stores nothing', async () => {
    const body = [
      line('a', 'p1', { imageCount: 4 }),
      line('b', 'p2'),
      line('a', 'p3'),
      line('c', 'p2', { imageCount: 2 }),
      line(null, 'p4'),
      line(null, 'p5'),
      line('a', 'p1'),
      '{"humanImage": 1}',
    ].join('\n');
    const answer = await dryRun(body, '&pilot=3');
    expect(answer).toEqual({
      object: 'batch_dry_run',
      livemode: false,
      format: 'ndjson',
      lines: 8,
      valid: 7,
      invalidLines: {
        count: 1,
        first: [
          { line: 8, errors: expect.arrayContaining([{ path: 'humanImage', message: 'must be a string' }]) },
        ],
      },
      duplicates: {
        customIds: 2,
        requests: 2,
        first: [
          { line: 3, sameAs: 1, of: 'customId' },
          { line: 4, sameAs: 2, of: 'request' },
          { line: 7, sameAs: 1, of: 'customId' },
          { line: 7, sameAs: 1, of: 'request' },
        ],
      },
      images: 11,
      estimatedCost: { amount: '0.55', currency: 'EUR' },
      credits: [
        { account: 'anna@example.com', credits: 1_250 },
        { account: 'ben@example.com', credits: null },
      ],
      slots: 7,
      estimatedSeconds: null,
    });
    const [rows] = await runSql(
      database.url,
      'SELECT (SELECT count(*)::int FROM catwalk.batch) AS batches, (SELECT count(*)::int FROM catwalk.try_on) AS jobs',
    );
    expect(rows).toEqual({ batches: 0, jobs: 0 });
  });

  it('tells the time that it would take, from the slots that are used and from the last tasks', async () => {
    const ids = await seedTryOns(api.database, 2, {});
    for (const [index, id] of ids.entries()) {
      await succeed(api.database, id, `task-${index}`);
      await runSql(
        database.url,
        "UPDATE catwalk.attempt SET sent_at = state_since - $2 * interval '1 second' WHERE try_on_id = $1",
        [id, [20, 40][index]],
      );
    }
    const body = Array.from({ length: 15 }, (_, n) => line(null, `p${n}`)).join('\n');
    expect(await dryRun(body)).toMatchObject({ slots: 7, estimatedSeconds: 90 });
    await pauseAccountByPerson(api.database, 'ben@example.com', { actor: 'ada', reason: null });
    expect(await dryRun(body)).toMatchObject({ slots: 2, estimatedSeconds: 240 });
    await resumeAccountByPerson(api.database, 'ben@example.com', 'boss');
  });

  it('finds duplicates among very many lines', async () => {
    const people = Array.from({ length: 10_000 }, (_, n) => line(`id-${n}`, `p${n}`));
    const answer = await dryRun([...people, line('id-7', 'p9999')].join('\n'));
    expect(answer).toMatchObject({ lines: 10_001, duplicates: { customIds: 1, requests: 1 } });
    expect(answer.duplicates.first).toEqual([
      { line: 10_001, sameAs: 8, of: 'customId' },
      { line: 10_001, sameAs: 10_000, of: 'request' },
    ]);
  });

  it('of an input with nothing valid says so by its counts, and refuses what cannot be read', async () => {
    expect(await dryRun('{}\n{}')).toMatchObject({
      lines: 2,
      valid: 0,
      images: 0,
      invalidLines: { count: 2 },
    });
    const refused = await api.request('/v1/batches?dryRun=true', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"items": [',
    });
    expect([refused.status, refused.body.code]).toEqual([400, 'malformed_json']);
  });
});
