import type { JobStatus } from './job.js';

export const WAITING_CODES = [
  'queue_turn',
  'free_slot',
  'retry_time',
  'account_paused',
  'provider_unavailable',
  'provider_answer',
  'submission_evidence',
  'provider_result',
] as const;

export type WaitingCode = (typeof WAITING_CODES)[number];

/** What an open job waits for: one reason, since when, until when if that can be known, and in words. */
export interface Waiting {
  readonly code: WaitingCode;
  readonly since: Date;
  readonly until: Date | null;
  readonly detail: string;
}

/** What is known of an account that could take the job. */
export interface AccountRoom {
  readonly email: string;
  readonly free: number;
  readonly paused: { readonly reason: string; readonly since: Date; readonly until: Date | null } | null;
}

export interface WaitingFacts {
  readonly status: JobStatus;
  readonly statusSince: Date;
  readonly dueAt: Date;
  readonly now: Date;
  /** The accounts it may run on: the pinned one, else all. */
  readonly accounts: readonly AccountRoom[];
  readonly provider: { readonly since: Date; readonly until: Date | null } | null;
  readonly attemptDeadlineAt: Date | null;
}

/** The one reason an open job waits for; null for the three final states. */
export function explainWaiting(facts: WaitingFacts): Waiting | null {
  const since = facts.statusSince;
  const until = facts.attemptDeadlineAt;
  switch (facts.status) {
    case 'queued':
      return explainQueued(facts);
    case 'submitting':
      return {
        code: 'provider_answer',
        since,
        until: null,
        detail: 'The request is on its way to the provider',
      };
    case 'unconfirmed':
      return {
        code: 'submission_evidence',
        since,
        until,
        detail: "The provider's answer was lost; Catwalk is finding out whether it took the request",
      };
    case 'processing':
      return { code: 'provider_result', since, until, detail: 'The provider is making the images' };
    case 'succeeded':
    case 'failed':
    case 'canceled':
      return null;
  }
}

function explainQueued(facts: WaitingFacts): Waiting {
  const since = facts.statusSince;
  if (facts.dueAt > facts.now)
    return { code: 'retry_time', since, until: facts.dueAt, detail: 'It is submitted again after a pause' };
  if (facts.provider !== null)
    return {
      code: 'provider_unavailable',
      since: facts.provider.since,
      until: facts.provider.until,
      detail: 'The provider cannot be reached; it is tried again with one job',
    };
  return explainAccounts(facts.accounts, since);
}

function explainAccounts(accounts: readonly AccountRoom[], since: Date): Waiting {
  const working = accounts.filter((account) => account.paused === null);
  const paused = accounts.find((account) => account.paused !== null)?.paused ?? null;
  if (working.length === 0 && paused !== null) {
    const detail = `${accounts.length === 1 ? 'Its account is' : 'All accounts are'} paused: ${paused.reason}`;
    return { code: 'account_paused', since: paused.since, until: paused.until, detail };
  }
  if (working.length === 0)
    return { code: 'account_paused', since, until: null, detail: 'No account is configured yet' };
  if (working.every((account) => account.free <= 0))
    return { code: 'free_slot', since, until: null, detail: 'All slots of its accounts are taken' };
  return { code: 'queue_turn', since, until: null, detail: 'Other jobs are before it in the queue' };
}
