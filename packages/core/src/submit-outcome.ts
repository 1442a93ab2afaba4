import type { Failure } from './failure.js';

/**
 * What one submit came to. `never-sent` did not leave this machine, since it was too late for it; `deferred` is
 * certain not to have been accepted; `unanswered` is everything of
 * which that cannot be said, and is settled by evidence, never by sending again.
 */
export type SubmitOutcome =
  | { readonly kind: 'never-sent' }
  | { readonly kind: 'accepted'; readonly taskId: string }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | {
      readonly kind: 'deferred';
      /** Whose rest it is: `busy` is a full account (429), `account` one at fault, `provider` an unreachable one. */
      readonly because: 'busy' | 'account' | 'provider';
      readonly retryAfterMs: number | null;
      readonly reason: string;
      readonly providerStatus: number | null;
    }
  | { readonly kind: 'unanswered'; readonly reason: string; readonly providerStatus: number | null };

/** What one reading request (a task, the scheduler, a listing, the accounts) came to. */
export type LookOutcome<T> =
  | {
      readonly kind: 'answered';
      readonly value: T;
      readonly status: number;
      readonly dateHeader: string | null;
    }
  | { readonly kind: 'not-found'; readonly status: number; readonly message: string }
  | { readonly kind: 'unanswered'; readonly status: number | null; readonly reason: string };

/** A running task as the provider's scheduler lists it. */
export interface ScheduledTask {
  readonly taskId: string;
  readonly email: string | null;
  readonly replyRef: string | null;
}

/** A task in the provider's listing, by what it was asked to do. */
export interface ListedTask {
  readonly taskId: string;
  readonly createdAtMs: number | null;
  /** Input addresses by their field name (`humanImage`, `dressInput`, `upperInput`, `lowerInput`). */
  readonly inputs: Readonly<Record<string, string>>;
  readonly imageCount: number | null;
}

/** An account as the provider reports it. */
export interface ProviderAccount {
  readonly email: string;
  readonly maxJobs: number | null;
}
