import { type AccountLimits, keepAccounts, shortenLease, takeLease } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/** An account of which the provider does not tell a limit runs one job at a time. */
const LIMIT_UNKNOWN = 1;
const LIMIT_MAX = 50;
const RETRY_MS = 1_000;

/**
 * Writes which accounts may be used and their limits: those of the settings, else all that the provider
 * lists. One process at a time writes them.
 *
 * @returns whether this process did
 */
export async function refreshAccounts(context: WorkerContext, leaseMs: number): Promise<boolean> {
  if (!(await takeLease(context.db, 'accounts', leaseMs))) return false;
  const limits =
    context.config.accounts === null ? await limitsOfProvider(context) : limitsOfSettings(context);
  if (limits === null) {
    await shortenLease(context.db, 'accounts', RETRY_MS);
    return false;
  }
  await keepAccounts(context.db, limits);
  return true;
}

function limitsOfSettings(context: WorkerContext): AccountLimits {
  return new Map(context.config.accounts?.map((account) => [account.email, account.maxJobs]));
}

/** Null when the provider cannot be asked: what is known stays. */
async function limitsOfProvider(context: WorkerContext): Promise<AccountLimits | null> {
  const look = await context.provider.accounts();
  if (look.kind !== 'answered') {
    context.outages.failed(
      'provider accounts',
      new Error(look.kind === 'unanswered' ? look.reason : look.message),
    );
    return null;
  }
  context.outages.worked('provider accounts');
  return new Map(
    look.value.map((account) => [account.email, Math.min(account.maxJobs ?? LIMIT_UNKNOWN, LIMIT_MAX)]),
  );
}
