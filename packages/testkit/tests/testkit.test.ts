import {
  canary,
  createDatabase,
  databaseForFile,
  describeOnEachBackend,
  eventually,
  expectNoConnections,
  findCanaries,
  queueBackends,
  redisForTests,
  redisPrefix,
  runSql,
} from '@catwalk/testkit';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { describe, expect, inject, it } from 'vitest';

const adminUrl = inject('catwalkAdminUrl');
const database = await databaseForFile();

describe('a test database', () => {
  it('is migrated and its own', async () => {
    const other = await createDatabase();
    await runSql(database.url, 'CREATE TABLE public.mine ()');

    expect(await runSql(other.url, "SELECT to_regclass('public.mine') AS mine")).toEqual([{ mine: null }]);
    expect(
      await runSql(other.url, "SELECT 1 AS found FROM pg_namespace WHERE nspname = 'catwalk'"),
    ).toHaveLength(1);
    await other.drop();
  });

  it('can be made many times at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => createDatabase()));

    expect(new Set(all.map(({ name }) => name)).size).toBe(8);
    await Promise.all(all.map((one) => one.drop()));
  });

  it('fails its file while connections to it are open, and says whose', async () => {
    const leaky = await createDatabase();
    const client = new Client({ connectionString: leaky.url, application_name: 'left-behind' });
    client.on('error', () => {});
    await client.connect();

    await expect(expectNoConnections(adminUrl, leaky.name, 50)).rejects.toThrow('left-behind');
    await client.end();
    await expectNoConnections(adminUrl, leaky.name);
    await leaky.drop();
  });

  it('leaves nothing behind when it is dropped', async () => {
    const dropped = await createDatabase({ empty: true });
    await dropped.drop();

    const found = await runSql(adminUrl, 'SELECT 1 FROM pg_database WHERE datname = $1', [dropped.name]);
    expect(found).toEqual([]);
  });
});

describe('eventually', () => {
  it('returns as soon as the assertion holds', async () => {
    let calls = 0;
    const result = await eventually(() => {
      calls += 1;
      expect(calls).toBeGreaterThan(2);
      return 'done';
    });

    expect([result, calls]).toEqual(['done', 3]);
  });

  it('fails with the last failure once its time is up', async () => {
    const never = eventually(() => expect(1).toBe(2), { timeoutMs: 30, intervalMs: 5 });

    await expect(never).rejects.toThrow(/not within 30 ms: expected 1 to be 2/);
  });
});

describe('a canary', () => {
  it('is found in any text it got into, and is long enough for a secret', () => {
    const secret = canary('token');

    expect(secret.length).toBeGreaterThanOrEqual(32);
    expect(findCanaries(`{"authorization":"Bearer ${secret}"}`)).toEqual([secret]);
    expect(findCanaries('nothing here')).toEqual([]);
  });
});

it('names both queue backends, whether Redis is there or not', () => {
  expect(queueBackends().map(({ name }) => name)).toEqual(['postgres', 'redis']);
  expect(Object.keys(redisForTests())).toHaveLength(1);
});

describeOnEachBackend('a suite on each backend', (backend) => {
  const prefix = redisPrefix();

  it('gets what it needs to reach it', async () => {
    if (backend.redisUrl === undefined) return expect(backend.name).toBe('postgres');
    const redis = new Redis(backend.redisUrl);
    expect(await redis.set(`${prefix}:key`, 'value')).toBe('OK');
    await redis.quit();
  });
});
