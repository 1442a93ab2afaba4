import { IS_ACCOUNT_AT_FAULT, resumeAccounts } from './keep-accounts.js';
import { KEPT } from './keep-plans.js';
import { IS_PROVIDER_AT_FAULT, noteProviderUp } from './keep-provider.js';
import type { Database } from './open-database.js';

/**
 * The provider answered submits for these accounts like working ones: what was held against them, or against the
 * provider, is over. Nearly always there is nothing, and one look tells.
 */
export async function noteAnswering(db: Database, emails: readonly string[]): Promise<void> {
  const rows = await db.prisma.$queryRaw<{ accounts: boolean; provider: boolean }[]>`${KEPT}
    SELECT EXISTS (SELECT FROM catwalk.account WHERE email = ANY(${emails}::text[]) AND ${IS_ACCOUNT_AT_FAULT}) AS accounts,
      EXISTS (SELECT FROM catwalk.provider WHERE ${IS_PROVIDER_AT_FAULT}) AS provider`;
  await Promise.all([
    rows[0]?.accounts ? resumeAccounts(db, emails) : undefined,
    rows[0]?.provider ? noteProviderUp(db) : undefined,
  ]);
}
