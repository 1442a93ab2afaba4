import { Redis } from 'ioredis';
import type { CheckResult } from '../process/report-checks.js';
import { within } from '../process/within.js';

const check = 'queue';
const ANSWER_BOUND_MS = 3_000;

/**
 * Looks at the queue's server. A Redis that evicts would drop jobs under memory pressure without a word; one
 * that does not answer is only warned of, since rows are carried when it does.
 */
export async function checkQueue(redisUrl: string | null): Promise<CheckResult> {
  if (redisUrl === null)
    return { check, severity: 'ok', code: 'queue', message: 'BullMQ on PostgreSQL, in the same database' };
  try {
    return judgePolicy(await within(ANSWER_BOUND_MS, readPolicy(redisUrl), 'asking Redis'));
  } catch {
    return {
      check,
      severity: 'warn',
      code: 'redis_unreachable',
      message: 'Redis does not answer, so jobs are accepted but wait: start it, or correct REDIS_URL',
    };
  }
}

/** @param policy null: the server does not tell */
export function judgePolicy(policy: string | null): CheckResult {
  if (policy === 'noeviction')
    return { check, severity: 'ok', code: 'queue', message: 'BullMQ on Redis, which evicts nothing' };
  if (policy === null)
    return {
      check,
      severity: 'warn',
      code: 'redis_policy_unknown',
      message: "Redis does not tell its maxmemory-policy: make sure that it is 'noeviction'",
    };
  return {
    check,
    severity: 'refuse',
    code: 'redis_evicts',
    message: `Redis would drop jobs when its memory is full (maxmemory-policy ${policy}): run it with maxmemory-policy noeviction, or name another (REDIS_URL)`,
  };
}

/** From `INFO`, which hosted servers allow where they forbid `CONFIG`. */
async function readPolicy(redisUrl: string): Promise<string | null> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: ANSWER_BOUND_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return /^maxmemory_policy:(\S+)/m.exec(await redis.info('memory'))?.[1] ?? null;
  } finally {
    redis.disconnect();
  }
}
