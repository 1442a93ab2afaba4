import type { AttemptState } from './attempt.js';

/** Whose images a ceiling limits: all of a UTC day, a client's of a UTC day, or a batch's of its whole life. */
export const CEILING_SCOPES = ['day', 'client', 'batch'] as const;
export type CeilingScope = (typeof CEILING_SCOPES)[number];

/**
 * Attempts whose images count as submitted: they were sent, or may have been. One that was never sent, refused,
 * deferred or disproved does not count; proof that comes later makes it count again, on the day it was sent.
 */
export const SPENDING_STATES = [
  'sending',
  'accepted',
  'unknown',
  'ended_succeeded',
  'ended_failed',
  'given_up',
] as const satisfies readonly AttemptState[];

/** A ceiling, and what it leaves at a moment. */
export interface Budget {
  readonly scope: CeilingScope;
  /** The client or the batch; empty for `day`. */
  readonly name: string;
  readonly limitImages: number;
  /** Below zero where the limit was lowered, or proof came late. */
  readonly leftImages: number;
  /** When it last held a job back, in this day where it is a daily one; null: it did not. */
  readonly reachedAt: Date | null;
}

/** What ceilings need to know of a job. */
export interface Spender {
  readonly client: string;
  readonly batchId: string | null;
  readonly imageCount: number;
}

/** Whether the ceiling is one of the job's. */
export function appliesTo(budget: Pick<Budget, 'scope' | 'name'>, job: Spender): boolean {
  switch (budget.scope) {
    case 'day':
      return true;
    case 'client':
      return budget.name === job.client;
    case 'batch':
      return budget.name === job.batchId;
  }
}

/** What is left while jobs are taken one after the other. */
export interface Purse {
  /** Takes the job's images out of all of its ceilings, or out of none. */
  take(job: Spender): boolean;
  /** Those that held a job back, with what is left of them now. */
  reached(): Budget[];
}

/** A job that does not fit leaves what is left to those that do. */
export function openPurse(budgets: readonly Budget[]): Purse {
  const left = new Map(budgets.map((budget) => [budget, budget.leftImages]));
  const reached = new Set<Budget>();
  return {
    reached: () => [...reached].map((budget) => ({ ...budget, leftImages: left.get(budget) ?? 0 })),
    take(job) {
      const own = budgets.filter((budget) => appliesTo(budget, job));
      const short = own.filter((budget) => (left.get(budget) ?? 0) < job.imageCount);
      for (const budget of short) reached.add(budget);
      if (short.length > 0) return false;
      for (const budget of own) left.set(budget, (left.get(budget) ?? 0) - job.imageCount);
      return true;
    },
  };
}

/** The next UTC midnight: when daily ceilings begin anew. */
export function nextUtcDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1));
}
