import * as api from '@catwalk/api';
import { checkDatabase } from '@catwalk/infra/postgres';
import { type CheckResult, judgePrivateAddresses } from '@catwalk/infra/process';
import { checkQueue } from '@catwalk/infra/queue';
import * as webhook from '@catwalk/webhook';
import * as worker from '@catwalk/worker';
import type { Env } from './config.js';

/** Looks at database, queue and settings for all parts at once: in one process their connections add up. */
export async function checkServers(env: Env): Promise<CheckResult[]> {
  const settings = worker.configFromEnv(env);
  const redisUrl = settings.redisUrl;
  const connections = (accounts: number) =>
    api.countConnections({ redisUrl: redisUrl ?? undefined }, accounts) +
    worker.countConnections({ redisUrl }, accounts) +
    webhook.countConnections();
  const limits = settings.accounts?.length ?? 0;
  const checks = await Promise.all([
    checkDatabase({
      url: settings.databaseUrl,
      mode: settings.mode,
      connections: (accounts) => connections(Math.max(accounts, limits)),
    }),
    checkQueue(redisUrl),
    judgePrivateAddresses(settings.mode, settings.allowPrivateAddresses),
  ]);
  return checks.flat();
}
