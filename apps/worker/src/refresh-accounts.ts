import {
  type AccountLimits,
  followListedAccounts,
  keepAccounts,
  keepListedAccounts,
  shortenLease,
  takeLease,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/** An account of which the provider does not tell a limit runs one job at a time. */
const LIMIT_UNKNOWN = 1;
const LIMIT_MAX = 50;
const RETRY_MS = 1_000;
/** One list of the provider may be incomplete: jobs pinned to an account fail when it stays away this long. */
const REMOVED_AFTER_MS = 600_000;

/**
 * Lets the settings of this worker decide which accounts may be used, before it starts anything: it is the
 * last one started. Where they name none, the provider's list does from its next refresh on.
 */
export async function chooseAccounts({ config, db }: WorkerContext): Promise<void> {
  if (config.accounts === null) return followListedAccounts(db);
  await keepAccounts(db, new Map(config.accounts.map((account) => [account.email, account.maxJobs])));
}

/**
 * Writes the accounts and limits that the provider lists. What is known stays while it cannot be asked.
 *
 * @param everyMs how often one process at a time does so; null does it now, whoever did it last
 * @returns whether the provider told them to this process
 */
export async function refreshAccounts(context: WorkerContext, everyMs: number | null): Promise<boolean> {
  if (everyMs !== null && !(await takeLease(context.db, 'accounts', everyMs))) return false;
  const limits = await limitsOfProvider(context);
  if (limits === null) {
    await shortenLease(context.db, 'accounts', RETRY_MS);
    return false;
  }
  await keepListedAccounts(context.db, limits, REMOVED_AFTER_MS);
  return true;
}

async function limitsOfProvider(context: WorkerContext): Promise<AccountLimits | null> {
  const look = await context.provider.accounts();
  if (look.kind !== 'answered') {
    const reason = look.kind === 'unanswered' ? look.reason : look.message;
    context.outages.failed('provider', new Error(`its accounts: ${reason}`));
    return null;
  }
  return new Map(
    look.value.map((account) => [account.email, Math.min(account.maxJobs ?? LIMIT_UNKNOWN, LIMIT_MAX)]),
  );
}
