import { checkDatabase, LOOKS_MAX } from '@catwalk/infra/postgres';
import { judgePrivateAddresses, type Logger, reportChecks } from '@catwalk/infra/process';
import { checkQueue, laneConnections } from '@catwalk/infra/queue';
import type { ApiConfig } from './config.js';

/** Connections of the API's own pool, beside those for looks. */
export const POOL_MAX = 8;
const LISTENERS = 1;

/** How many connections to PostgreSQL the API may open: its pools, the listener, and lanes to add to. */
export function countConnections(config: Pick<ApiConfig, 'redisUrl'>, accounts: number): number {
  const lanes = config.redisUrl === undefined ? laneConnections(accounts, 'add') : 0;
  return POOL_MAX + LOOKS_MAX + LISTENERS + lanes;
}

/** @throws StartRefusedError when database or queue cannot keep what the API promises */
export async function checkStart(config: ApiConfig, logger: Logger): Promise<void> {
  const checks = await Promise.all([
    checkDatabase({
      url: config.databaseUrl,
      mode: config.mode,
      connections: (accounts) => countConnections(config, accounts),
    }),
    checkQueue(config.redisUrl ?? null),
    judgePrivateAddresses(config.mode, config.allowPrivateAddresses),
  ]);
  reportChecks(logger, checks.flat());
}
