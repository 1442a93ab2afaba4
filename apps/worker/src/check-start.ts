import { checkDatabase } from '@catwalk/infra/postgres';
import { judgePrivateAddresses, type Logger, reportChecks } from '@catwalk/infra/process';
import { checkQueue, laneConnections } from '@catwalk/infra/queue';
import type { WorkerConfig } from './config.js';

/** Connections of the worker's own pool. */
export const POOL_MAX = 10;
const LISTENERS = 1;

/** How many connections to PostgreSQL a worker may open: its pool, the listener, and both sides of each lane. */
export function countConnections(config: Pick<WorkerConfig, 'redisUrl'>, accounts: number): number {
  return POOL_MAX + LISTENERS + (config.redisUrl === null ? laneConnections(accounts, 'add-and-pull') : 0);
}

/** @throws StartRefusedError when database or queue cannot carry the work */
export async function checkStart(config: WorkerConfig, logger: Logger): Promise<void> {
  const limits = config.accounts?.length ?? 0;
  const checks = await Promise.all([
    checkDatabase({
      url: config.databaseUrl,
      mode: config.mode,
      connections: (accounts) => countConnections(config, Math.max(accounts, limits)),
    }),
    checkQueue(config.redisUrl),
    judgePrivateAddresses(config.mode, config.allowPrivateAddresses),
  ]);
  reportChecks(logger, checks.flat());
}
