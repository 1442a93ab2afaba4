import type { LookOutcome } from '@catwalk/core';
import type { CheckResult } from '@catwalk/infra/process';
import type { AccountDetail, ProviderClient, SchedulerAvailability } from '@catwalk/provider';

/** Asks the provider what an operator wants to know before money is spent: token, slots and credits. */
export async function checkLive(provider: ProviderClient): Promise<CheckResult[]> {
  const accounts = await provider.accounts();
  const token = judgeToken(accounts);
  if (accounts.kind !== 'answered') return [token];
  const [slots, ...details] = await Promise.all([
    provider.schedulerAvailable(),
    ...accounts.value.map(async ({ email }) => judgeCredits(email, await provider.account(email))),
  ]);
  return [token, judgeSlots(slots), ...details];
}

function judgeToken(look: LookOutcome<unknown>): CheckResult {
  const check = 'token';
  if (look.kind !== 'unanswered')
    return { check, severity: 'ok', code: 'token', message: 'the provider takes it' };
  if (look.status !== 401)
    return {
      check,
      severity: 'warn',
      code: 'provider_unanswered',
      message: `the provider could not be asked (${look.reason}): try again, and check USEAPI_BASE_URL`,
    };
  const message =
    'the provider does not take the token: copy it anew from your useapi.net account (USEAPI_TOKEN)';
  return { check, severity: 'refuse', code: 'token_refused', message };
}

function judgeSlots(look: LookOutcome<SchedulerAvailability>): CheckResult {
  const check = 'slots';
  if (look.kind !== 'answered')
    return {
      check,
      severity: 'warn',
      code: 'slots_unknown',
      message: 'the provider does not tell its free slots',
    };
  const said = look.value.available.map(
    ({ email, executing, maxJobs }) => `${email} ${executing ?? '?'} of ${maxJobs ?? '?'} taken`,
  );
  return { check, severity: 'ok', code: 'slots', message: said.join(', ') || 'none is told of' };
}

function judgeCredits(email: string, look: LookOutcome<AccountDetail>): CheckResult {
  const check = 'credits';
  if (look.kind !== 'answered')
    return {
      check,
      severity: 'warn',
      code: 'credits_unknown',
      message: `the provider does not tell what ${email} has left`,
    };
  const { error, balance } = look.value;
  if (error !== null)
    return {
      check,
      severity: 'warn',
      code: 'account_at_fault',
      message: `${email} cannot be used (${error}): log it in again at the provider`,
    };
  if (balance !== null && balance <= 0)
    return {
      check,
      severity: 'warn',
      code: 'credits_used_up',
      message: `${email} has nothing left: top it up`,
    };
  const left = balance === null ? 'does not tell what it has left' : `has ${balance} points left`;
  return { check, severity: 'ok', code: 'credits', message: `${email} ${left}` };
}
