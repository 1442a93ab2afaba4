import type { Account } from '@catwalk/contract';
import type { AccountRow } from '@catwalk/infra/postgres';

/** An account as `GET /v1/accounts` tells admins of it. */
export function presentAccount(row: AccountRow): Account {
  const { email, configured, maxJobs, open, foreignOpen, free, credits, lastHour } = row;
  const made = Object.values(lastHour).reduce((sum, count) => sum + count, 0);
  return {
    object: 'account',
    email,
    configured,
    maxJobs,
    shrunk: presentShrunk(row),
    restUntil: timeOf(row.restUntil),
    open,
    foreignOpen,
    free,
    paused: presentPause(row),
    submitsLastHour: made - lastHour.never_sent,
    outcomesLastHour: lastHour,
    credits,
    lastError:
      row.lastError === null || row.lastErrorAt === null
        ? null
        : { at: row.lastErrorAt.toISOString(), message: row.lastError },
  };
}

function presentShrunk({ maxJobs, shrunkBy, shrunkUntil }: AccountRow): Account['shrunk'] {
  if (shrunkBy === 0 || shrunkUntil === null) return null;
  return { maxJobs: maxJobs - shrunkBy, until: shrunkUntil.toISOString() };
}

/** A person's pause is told before that of a fault: it outlasts it. */
function presentPause(row: AccountRow): Account['paused'] {
  const { personSince, personReason, personActor, faultReason, faultSince, faultUntil } = row;
  if (personSince !== null)
    return {
      by: 'person',
      reason: personReason,
      since: personSince.toISOString(),
      until: null,
      actor: personActor,
    };
  if (faultReason === null || faultSince === null) return null;
  return {
    by: 'fault',
    reason: faultReason,
    since: faultSince.toISOString(),
    until: timeOf(faultUntil),
    actor: null,
  };
}

function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
