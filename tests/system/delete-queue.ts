import { runSql } from '@catwalk/testkit';
import { askRedis } from './ask-redis.js';

const deleteByPattern = `local keys = redis.call('KEYS', ARGV[1])
  for _, key in ipairs(keys) do redis.call('DEL', key) end
  return #keys`;

/** Removes what the installation on this database left in a Redis; one that has gone has nothing left. */
export async function deleteQueue(redisUrl: string, databaseUrl: string): Promise<void> {
  const rows = await runSql<{ value: string }>(
    databaseUrl,
    `SELECT value FROM catwalk.setting WHERE key = 'install_id'`,
  );
  for (const { value } of rows)
    await askRedis(redisUrl, 'EVAL', deleteByPattern, '0', `catwalk-${value}:*`).catch(() => undefined);
}
