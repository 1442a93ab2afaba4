import { databaseForFile, runSql } from '@catwalk/testkit';
import { expect, it } from 'vitest';
import { garment, startApi } from './start-api.js';

const database = await databaseForFile();
const api = await startApi(database.url);

it('an ascending list passes no job that is still being stored while later ones are', async () => {
  const first = (await api.post('/v1/try-ons', garment)).body.id;
  const hold = await holdIdempotencyKey('held');
  const slow = api.post('/v1/try-ons', garment, { 'idempotency-key': 'held' });
  await expect.poll(hold.isWaitedFor).toBe(true);
  // So many begin a flush beside the one that waits.
  const later = await Promise.all(Array.from({ length: 16 }, () => api.post('/v1/try-ons', garment)));
  expect(later.map(({ status }) => status)).toEqual(Array(16).fill(202));

  const page = api.request('/v1/try-ons?order=asc&limit=10');
  // Newest first waits for nobody.
  expect((await api.request('/v1/try-ons?limit=200')).body.data).toHaveLength(17);
  await hold.release();

  const ids: string[] = [];
  for (let answer = await page; ; ) {
    ids.push(...answer.body.data.map((job: { id: string }) => job.id));
    if (answer.body.nextCursor === null) break;
    answer = await api.request(`/v1/try-ons?order=asc&limit=10&cursor=${answer.body.nextCursor}`);
  }
  const all = [first, (await slow).body.id, ...later.map(({ body }) => body.id)];
  expect(ids).toEqual(all.sort());
});

/** A transaction that has used a key and is not committed: whoever wants the key waits for it. */
function holdIdempotencyKey(key: string): Promise<{
  isWaitedFor(): Promise<boolean>;
  release(): Promise<unknown>;
}> {
  return new Promise((resolve, reject) => {
    const held = api.database.prisma
      .$transaction(
        async (tx) => {
          await tx.$executeRaw`
            INSERT INTO catwalk.try_on OVERRIDING SYSTEM VALUE
            SELECT copy.* FROM catwalk.try_on t, jsonb_populate_record(t, jsonb_build_object(
              'id', 'try_copy', 'number', 1000000, 'idempotency_endpoint', 'api', 'idempotency_key', ${key}::text)) copy
            LIMIT 1`;
          await new Promise<void>((release) => {
            const end = async () => {
              release();
              await held;
            };
            resolve({ isWaitedFor, release: end });
          });
          throw new Error('rolled back');
        },
        { timeout: 20_000 },
      )
      .catch((error: Error) => {
        if (error.message !== 'rolled back') reject(error);
      });
  });
}

async function isWaitedFor(): Promise<boolean> {
  const rows = await runSql(database.url, 'SELECT FROM pg_locks WHERE NOT granted');
  return rows.length > 0;
}
