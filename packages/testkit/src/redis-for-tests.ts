import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, inject } from 'vitest';

/** The Redis of this run, or the sentence that says why its suites are skipped. */
export function redisForTests(): { url: string } | { skipped: string } {
  return inject('catwalkRedis');
}

/** A key prefix that belongs to the calling file alone; what is left under it is deleted after the file. */
export function redisPrefix(): string {
  const prefix = `catwalk-test-${randomUUID().slice(0, 8)}`;
  const redis = redisForTests();
  if ('url' in redis) afterAll(() => deleteKeys(redis.url, prefix));
  return prefix;
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  // A test may have taken the server away on purpose; then there is nothing to tidy.
  redis.on('error', () => {});
  try {
    await redis.connect();
    let cursor = '0';
    do {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1_000);
      if (keys.length > 0) await redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  } catch {
    // As above.
  } finally {
    redis.disconnect();
  }
}
