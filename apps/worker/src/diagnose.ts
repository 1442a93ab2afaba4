import { openDatabase } from '@catwalk/infra/postgres';
import type { CheckResult } from '@catwalk/infra/process';
import { createProviderClient } from '@catwalk/provider';
import { checkLive } from './check-live.js';
import { checkProvider } from './check-provider.js';
import type { WorkerConfig } from './config.js';

/**
 * What a worker with these settings would find at the provider, without being one: nothing is submitted.
 *
 * @param more also what matters before money is spent
 */
export async function diagnose(
  config: WorkerConfig,
  more: { readonly live: boolean },
): Promise<CheckResult[]> {
  const { baseUrl, token } = config.provider;
  const provider = createProviderClient({ baseUrl, token, submitTimeoutMs: config.waits.submitTimeoutMs });
  const db = openDatabase({ url: config.databaseUrl, poolMax: 1 });
  try {
    const live = more.live ? await checkLive(provider) : [];
    return [...live, ...(await checkProvider(provider, config.accounts, db))];
  } finally {
    await db.close();
  }
}
