import type { AccountStatus, PauseState, Status } from '@catwalk/contract';
import type { AccountRoom } from '@catwalk/core';
import type { AccountSlots, CallbackHealth, Pause, ProviderOutage } from '@catwalk/infra/postgres';

/** An account as an admin sees it. */
export function presentAccountStatus(slots: AccountSlots, paused: AccountRoom['paused']): AccountStatus {
  const { email, maxJobs, open, free } = slots;
  const pause =
    paused === null ? null : { by: paused.by, reason: paused.reason, until: timeOf(paused.until) };
  return { email, maxJobs, open, free, paused: pause };
}

/** Whether a person has paused everything. */
export function presentPauseState(pause: Pause | null): PauseState {
  if (pause === null) return { object: 'pause', paused: null };
  const { since, actor, reason } = pause;
  return { object: 'pause', paused: { since: since.toISOString(), actor, reason } };
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
