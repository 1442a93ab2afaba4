import type { ProviderAccount, ScheduledTask } from '@catwalk/core';
import { type Database, findOwnTasks } from '@catwalk/infra/postgres';
import type { AccountLimit, CheckResult } from '@catwalk/infra/process';
import type { ProviderClient } from '@catwalk/provider';

/**
 * Asks the provider what it has of ours: accounts, limits, and running tasks that somebody else started.
 *
 * @param limits those of the settings; null: whatever the provider lists
 */
export async function checkProvider(
  provider: ProviderClient,
  limits: readonly AccountLimit[] | null,
  db: Pick<Database, 'prisma'>,
): Promise<CheckResult[]> {
  const [accounts, scheduler] = await Promise.all([provider.accounts(), provider.scheduler()]);
  const known = accounts.kind === 'answered' ? accounts.value : null;
  return [
    known === null ? unanswered('accounts', describe(accounts)) : judgeAccounts(known, limits),
    ...(known === null ? [] : judgeLimits(known, limits)),
    scheduler.kind === 'answered'
      ? judgeForeign(scheduler.value, await findOwnTasks(db.prisma, scheduler.value))
      : unanswered('open tasks', describe(scheduler)),
  ];
}

function describe(look: { kind: string; reason?: string; message?: string }): string {
  return look.reason ?? look.message ?? look.kind;
}

function unanswered(check: string, reason: string): CheckResult {
  const message = `the provider could not be asked (${reason}): check USEAPI_TOKEN and USEAPI_BASE_URL, if it stays so`;
  return { check, severity: 'warn', code: 'provider_unanswered', message };
}

function judgeAccounts(
  known: readonly ProviderAccount[],
  limits: readonly AccountLimit[] | null,
): CheckResult {
  const check = 'accounts';
  const emails = new Set(known.map((account) => account.email));
  const missing = limits?.filter((limit) => !emails.has(limit.email)).map((limit) => limit.email) ?? [];
  if (known.length === 0 || missing.length > 0)
    return {
      check,
      severity: 'warn',
      code: 'account_unknown',
      message: `the provider does not list ${missing.length === 0 ? 'any account' : missing.join(', ')}: add it there, or correct USEAPI_ACCOUNTS`,
    };
  return { check, severity: 'ok', code: 'accounts', message: [...emails].join(', ') };
}

/** A limit above the provider's own makes submits that it refuses with 429. */
function judgeLimits(
  known: readonly ProviderAccount[],
  limits: readonly AccountLimit[] | null,
): CheckResult[] {
  const reported = new Map(known.map((account) => [account.email, account.maxJobs]));
  const above = (limits ?? []).flatMap(({ email, maxJobs }) => {
    const most = reported.get(email) ?? null;
    return most !== null && maxJobs > most ? [`${email} (${maxJobs}, the provider allows ${most})`] : [];
  });
  if (above.length === 0) return [];
  const message = `USEAPI_ACCOUNTS sets limits above the provider's: ${above.join(', ')}; lower them, or raise maxJobs at the provider`;
  return [{ check: 'limits', severity: 'warn', code: 'limit_above_provider', message }];
}

/** Tasks of others take slots that we count as taken, and come and go without our doing. */
function judgeForeign(tasks: readonly ScheduledTask[], own: ReadonlySet<string>): CheckResult {
  const check = 'open tasks';
  const counts = new Map<string, number>();
  for (const { taskId, email } of tasks)
    if (!own.has(taskId)) counts.set(email ?? 'no account', (counts.get(email ?? 'no account') ?? 0) + 1);
  if (counts.size === 0)
    return { check, severity: 'ok', code: 'open_tasks', message: `${tasks.length} open, all ours` };
  const said = [...counts].map(([email, count]) => `${email} ${count}`).join(', ');
  return {
    check,
    severity: 'warn',
    code: 'foreign_tasks',
    message: `tasks are open at the provider that are not ours (${said}), and take slots: if nobody else is meant to use the accounts, look who does`,
  };
}
