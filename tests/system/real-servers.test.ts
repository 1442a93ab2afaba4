import { randomUUID } from 'node:crypto';
import { databaseUrl, redisForTests, runSql } from '@catwalk/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { deleteQueue } from './delete-queue.js';
import { makeHome, npmStart, removeHome } from './npm-start.js';
import { shortWaits } from './settings.js';

const adminUrl = 'postgres://postgres@127.0.0.1:5432/postgres';
const redis = redisForTests();
const redisUrl = 'url' in redis ? redis.url : undefined;
const version = await runSql<{ v: string }>(adminUrl, `SELECT current_setting('server_version') AS v`).then(
  ([row]) => row?.v ?? '',
  () => null,
);

describe('npm start on servers of its own', () => {
  const missing = [
    ...(version !== null ? [] : [`no PostgreSQL at ${adminUrl}`]),
    ...('skipped' in redis ? [redis.skipped] : []),
  ].join('; ');
  const name = `catwalk_system_${randomUUID().slice(0, 8)}`;
  const url = databaseUrl(adminUrl, name);
  const home = makeHome();
  afterAll(async () => {
    removeHome(home);
    if (missing !== '') return;
    await deleteQueue(redisUrl ?? '', url).catch(() => undefined);
    await runSql(adminUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  });

  const title = 'runs the sample on the PostgreSQL and the Redis that its settings name';
  it.skipIf(missing !== '')(
    missing === '' ? `${title}: PostgreSQL ${version}` : `${title}: skipped, ${missing}`,
    {
      timeout: 120_000,
    },
    async () => {
      await runSql(adminUrl, `CREATE DATABASE "${name}"`);
      const env = { CATWALK_HOME: home, DATABASE_URL: url, REDIS_URL: redisUrl ?? '', ...shortWaits };
      const run = npmStart(env, '--once');
      const { code } = await run.ended();
      expect(code, run.output()).toBe(0);
      expect(run.output()).toContain(`${name} on 127.0.0.1:5432`);
      expect(run.output()).toContain('BullMQ on Redis');
      expect(run.output().match(/^person-\d-\S+ +succeeded /gm)).toHaveLength(24);
      const [jobs] = await runSql(url, `SELECT count(*)::int AS n FROM catwalk.try_on`);
      expect(jobs).toEqual({ n: 24 });
      // With Redis the queue keeps nothing in PostgreSQL.
      expect(await runSql(url, `SELECT FROM pg_namespace WHERE nspname = 'bullmq'`)).toEqual([]);
    },
  );
});
