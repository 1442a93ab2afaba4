import type { Budget, Spender } from './budget.js';
import { explainBatch, type WaitingBatch } from './explain-batch.js';
import { explainBudget } from './explain-budget.js';
import type { JobStatus } from './job.js';

export const WAITING_CODES = [
  'queue_turn',
  'input_check',
  'free_slot',
  'retry_time',
  'account_paused',
  'provider_unavailable',
  'budget',
  'provider_answer',
  'submission_evidence',
  'provider_result',
  'paused',
  'batch_paused',
  'pilot_review',
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
  /** Slots that hold nothing, whether or not the account may use them now. */
  readonly free: number;
  /** Our attempts that hold slots: what a job's `maxJobs` is held against. */
  readonly open: number;
  /** Rests after a 429 until then. */
  readonly restUntil: Date | null;
  readonly paused: AccountPause | null;
}

/** A fault's pause ends by itself, when a job that tries the account is taken; a person's only by a person. */
export type AccountPause =
  | {
      readonly by: 'fault';
      readonly reason: string;
      readonly since: Date;
      readonly until: Date | null;
    }
  | { readonly by: 'person'; readonly reason: string | null; readonly since: Date; readonly until: null };

/** A pause by a person that holds for everything. */
export interface PauseByPerson {
  readonly since: Date;
  readonly reason: string | null;
}

/** A part of Catwalk without which nothing starts, and which has not been heard of for a while. */
export type SilentPart = 'worker' | 'queue';

export interface WaitingFacts extends Spender {
  readonly status: JobStatus;
  readonly statusSince: Date;
  readonly dueAt: Date;
  readonly now: Date;
  /** The account it is pinned to, and how many jobs may be open there when it starts, if it asked for that. */
  readonly email: string | null;
  readonly maxJobs: number | null;
  /** All accounts that may be used. */
  readonly accounts: readonly AccountRoom[];
  readonly paused: PauseByPerson | null;
  readonly batch: WaitingBatch | null;
  readonly silent: SilentPart | null;
  /** Whether inputs are looked at before a slot is used, and whether those of the job were. */
  readonly checksInputs: boolean;
  readonly inputsChecked: boolean;
  /** Whether its inputs are still to be copied, which nothing else is waited for. */
  readonly isCopying: boolean;
  /** The ceilings that have held jobs back, and what they leave now. */
  readonly budgets: readonly Budget[];
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

const SILENT: Readonly<Record<SilentPart, string>> = {
  worker: 'No worker is running; it goes on when one is',
  queue: 'The queue cannot be reached by the workers; it goes on when it can',
};

const COPYING = 'Its input images are being copied (copyInputs); it is submitted when they are';

function explainQueued(facts: WaitingFacts): Waiting {
  const { statusSince: since, now, paused, provider } = facts;
  if (paused !== null)
    return { code: 'paused', since: paused.since, until: null, detail: sayPerson('Submitting is', paused) };
  const held = explainBatch(facts.batch, facts);
  if (held !== null) return held;
  if (facts.dueAt > now)
    return { code: 'retry_time', since, until: facts.dueAt, detail: 'It is submitted again after a pause' };
  if (facts.silent !== null) return { code: 'queue_turn', since, until: null, detail: SILENT[facts.silent] };
  if (facts.isCopying) return { code: 'input_check', since, until: null, detail: COPYING };
  if (provider !== null)
    return {
      code: 'provider_unavailable',
      since: provider.since,
      until: stillAhead(provider.until, now),
      detail: 'The provider cannot be reached; it is tried again with one job',
    };
  return explainBudget(facts, facts.budgets, now) ?? explainAccounts(facts);
}

function explainAccounts(facts: WaitingFacts): Waiting {
  const { statusSince: since, now, email } = facts;
  const accounts = facts.accounts.filter((account) => email === null || account.email === email);
  const working = accounts.filter((account) => account.paused === null);
  if (working.length > 0) return explainWorking(working, facts);
  const paused = firstBy(accounts, (account) => account.paused?.until ?? null)?.paused;
  if (paused) {
    const what = accounts.length === 1 ? 'Its account is' : 'All accounts are';
    const detail = paused.by === 'person' ? sayPerson(what, paused) : `${what} paused: ${paused.reason}`;
    return { code: 'account_paused', since: paused.since, until: stillAhead(paused.until, now), detail };
  }
  const detail =
    facts.accounts.length === 0
      ? 'No account is configured yet'
      : 'Its account is not among those that may be used now';
  return { code: 'account_paused', since, until: null, detail };
}

function sayPerson(what: string, { reason }: PauseByPerson): string {
  const why = reason === null ? '' : ` (${reason})`;
  return `${what} paused by a person${why}; it goes on when a person resumes it`;
}

/** Of accounts that are not paused: what keeps the job from all of them, if anything does. */
function explainWorking(accounts: readonly AccountRoom[], facts: WaitingFacts): Waiting {
  const { statusSince: since, now, maxJobs } = facts;
  const isResting = ({ restUntil }: AccountRoom) => restUntil !== null && restUntil > now;
  const waiting = { code: 'free_slot', since, until: null } as const;
  if (accounts.every(isResting)) {
    const until = firstBy(accounts, (account) => account.restUntil)?.restUntil ?? null;
    return { ...waiting, until, detail: 'The provider said that its accounts are full; they rest' };
  }
  const withRoom = accounts.filter((account) => !isResting(account) && account.free > 0);
  if (withRoom.length === 0) return { ...waiting, detail: 'All slots of its accounts are taken' };
  if (maxJobs !== null && withRoom.every((account) => account.open >= maxJobs))
    return {
      ...waiting,
      detail: `It starts when fewer than ${maxJobs} jobs are open on its account (maxJobs)`,
    };
  if (facts.checksInputs && !facts.inputsChecked)
    return {
      code: 'input_check',
      since,
      until: null,
      detail: 'Its input images are looked at before it takes a slot',
    };
  return { code: 'queue_turn', since, until: null, detail: 'It waits for its turn in the queue' };
}

/** The one whose time comes first; those without a time come last. */
function firstBy<Item>(items: readonly Item[], timeOf: (item: Item) => Date | null): Item | undefined {
  const msOf = (item: Item) => timeOf(item)?.getTime() ?? Number.POSITIVE_INFINITY;
  return items.reduce<Item | undefined>(
    (first, item) => (first === undefined || msOf(item) < msOf(first) ? item : first),
    undefined,
  );
}

/** A time that has passed is no promise any more: what was to happen then is under way. */
function stillAhead(until: Date | null, now: Date): Date | null {
  return until !== null && until > now ? until : null;
}
