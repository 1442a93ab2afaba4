import { checkDatabase } from '@catwalk/infra/postgres';
import { type Logger, reportChecks } from '@catwalk/infra/process';
import type { WebhookConfig } from './config.js';

/** Callbacks are written one batch at a time; the rest is for health checks. */
export const POOL_MAX = 4;

/** How many connections to PostgreSQL the webhook app may open. */
export function countConnections(): number {
  return POOL_MAX;
}

/** @throws StartRefusedError when the database cannot keep what the webhook app acknowledges */
export async function checkStart(config: WebhookConfig, logger: Logger): Promise<void> {
  const { databaseUrl: url, mode } = config;
  reportChecks(logger, await checkDatabase({ url, mode, connections: countConnections }));
}
