import { eventually, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { askRedis } from './ask-redis.js';
import { hasRedisServer, type RedisServer, startRedisServer } from './redis-server.js';
import { type System, startSystem } from './start-system.js';

const title = 'a Redis that lost everything';
describe.skipIf(!hasRedisServer)(hasRedisServer ? title : `${title}: skipped, no redis-server`, () => {
  let redis: RedisServer | undefined;
  let system: System | undefined;
  afterAll(async () => {
    await system?.close();
    await redis?.stop();
  });

  it('is filled again from rows: with 10,000 queued, work goes on within 5 s of FLUSHALL', {
    timeout: 120_000,
  }, async () => {
    redis = await startRedisServer();
    system = await startSystem({
      redisUrl: redis.url,
      simulator: { dials: { delayMs: 200, pictures: 'placeholder' } },
    });
    await insertQueued(system.databaseUrl, 10_000);
    const { simulator } = system;
    const tookMs: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = simulator.bill().accepted;
      await eventually(() => expect(simulator.bill().accepted).toBeGreaterThan(before + 100), {
        timeoutMs: 40_000,
      });
      await askRedis(redis.url, 'FLUSHALL');
      // Of what was in the queue only jobs already pulled, one a slot at most, can still be sent without it.
      const goal = simulator.bill().accepted + slots;
      const wipedAt = performance.now();
      await eventually(() => expect(simulator.bill().accepted).toBeGreaterThan(goal), { timeoutMs: 30_000 });
      tookMs.push(performance.now() - wipedAt);
    }
    // The quickest of three: other tests run beside this one.
    expect(Math.min(...tookMs)).toBeLessThan(5_000);
  });

  it('stays small: with 100,000 queued it uses less than 50 MB', { timeout: 120_000 }, async () => {
    const url = redis?.url ?? '';
    const { simulator, databaseUrl } = system as System;
    simulator.turnDials({ delayMs: 60_000 });
    await insertQueued(databaseUrl, 100_000);
    await eventually(() => expect(simulator.idle().running).toBe(slots), { timeoutMs: 20_000 });
    // Every lane is full, and stays so while the worker goes through rounds that may carry nothing more.
    const carried = await eventually(async () => {
      const count = await countCarried(databaseUrl);
      // One of the slots may rest, or be taken off for a while.
      expect(count).toBeGreaterThan(slots - 10);
      return count;
    });
    expect(carried).toBeLessThanOrEqual(slots);
    expect(usedMemory(await askRedis(url, 'INFO', 'memory'))).toBeLessThan(50 * 1024 * 1024);
  });
});

const slots = 50;

function usedMemory(info: string): number {
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1]);
}

async function countCarried(databaseUrl: string): Promise<number> {
  const [row] = await runSql<{ n: number }>(
    databaseUrl,
    `SELECT count(*)::int AS n FROM catwalk.try_on WHERE status = 'queued' AND carried_at IS NOT NULL`,
  );
  return row?.n ?? 0;
}

/** Rows as the API writes them, without a request each. */
async function insertQueued(databaseUrl: string, count: number): Promise<void> {
  await runSql(
    databaseUrl,
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, priority, lane,
       status, status_since, due_at, created_at, updated_at)
     SELECT 'try_' || replace(gen_random_uuid()::text, '-', ''), 'default', 'api',
       'https://pictures.example/' || n || '.jpg', 'https://pictures.example/dress.jpg', 1, 1, '*', 'queued',
       now(), now(), now(), now()
     FROM generate_series(1, $1::int) n`,
    [count],
  );
}
