import type { AccountStatus, Status } from '@catwalk/contract';
import type { AccountRoom } from '@catwalk/core';
import type { AccountSlots, CallbackHealth, ProviderOutage } from '@catwalk/infra/postgres';

/** An account as an admin sees it. */
export function presentAccount(slots: AccountSlots, paused: AccountRoom['paused']): AccountStatus {
  const { email, maxJobs, open, free } = slots;
  const pause = paused === null ? null : { reason: paused.reason, until: timeOf(paused.until) };
  return { email, maxJobs, open, free, paused: pause };
}

export function presentProvider(outage: ProviderOutage | null): Status['provider'] {
  if (outage === null) return { state: 'up', since: null, until: null, reason: null };
  const { since, until, reason } = outage;
  return { state: 'down', since: timeOf(since), until: timeOf(until), reason };
}

export function presentCallbacks(health: CallbackHealth): Status['callbacks'] {
  const { state, lastReceivedAt, receivedLastHour, polledLastHour, orphans } = health;
  return { state, lastReceivedAt: timeOf(lastReceivedAt), receivedLastHour, polledLastHour, orphans };
}

function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
