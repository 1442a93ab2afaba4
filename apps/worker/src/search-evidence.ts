import {
  type AttemptEvent,
  isSearched,
  judgeEvidence,
  LISTING_MARGIN_MS,
  lateLookDelayMs,
  matchListing,
  type ScheduledTask,
} from '@catwalk/core';
import { keepSearch, listSearched, type SearchRow, type WatchedAttempt } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAttempt } from './judge-attempt.js';
import { readListing } from './read-listing.js';
import { startSweepClock } from './sweep-clock.js';

/** One sweep over everything that is unknown: when it began, and what runs by the scheduler, if it answered. */
export interface Sweep {
  readonly startedAt: Date;
  readonly running: readonly ScheduledTask[] | null;
}

/**
 * Searches for attempts whose answer was lost, or named no task. What the accounts' listings show with the same inputs is taken
 * provisionally; what two complete looks after the grace do not show never arrived, and its job is submitted
 * again. A provider that cannot be asked proves nothing.
 */
export async function searchEvidence(
  context: WorkerContext,
  attempts: readonly WatchedAttempt[],
  sweep: Sweep,
): Promise<void> {
  const searched = attempts.filter(isSearched);
  const accounts = new Set(searched.map((attempt) => attempt.account));
  for (const account of accounts) {
    const oldest = Math.min(
      ...searched.filter((one) => one.account === account).map((one) => one.sentAt.getTime()),
    );
    await searchAccount(context, account, new Date(oldest - LISTING_MARGIN_MS), sweep);
  }
}

async function searchAccount(
  context: WorkerContext,
  account: string,
  since: Date,
  sweep: Sweep,
): Promise<void> {
  const clock = startSweepClock(sweep.startedAt, context.config.waits.unconfirmedGraceMs);
  const listing =
    sweep.running === null ? null : await readListing(context, account, { since, from: null }, clock);
  const taskIds = listing?.tasks.map((task) => task.taskId) ?? [];
  const rows = await listSearched(context.db, account, since, taskIds);
  const { pairs, absent } =
    listing === null || sweep.running === null
      ? { pairs: [], absent: [] }
      : matchListing(rows, { ...listing, startedAt: sweep.startedAt, running: sweep.running });
  const taskOf = new Map(pairs.map((pair) => [pair.attemptId, pair.taskId]));
  const proven = new Set(absent);
  // One after the other, so that twins are settled by the same look or not at all.
  for (const row of rows.filter(isSearched)) {
    const taskId = taskOf.get(row.id);
    if (taskId !== undefined) await take(context, row, taskId);
    else await settle(context, row, sweep, { answered: listing !== null, complete: proven.has(row.id) });
  }
}

async function take(context: WorkerContext, row: SearchRow, taskId: string): Promise<void> {
  const target = { jobId: row.jobId, attemptId: row.id };
  const decision = await judgeAttempt(context, target, {
    type: 'accepted',
    taskId,
    provisional: true,
    by: 'listing',
  });
  context.logger.info({ ...target, by: 'listing', decision: decision?.kind }, 'attempt.proven');
}

async function settle(
  context: WorkerContext,
  row: SearchRow,
  sweep: Sweep,
  look: { readonly answered: boolean; readonly complete: boolean },
): Promise<void> {
  const rules = { graceMs: context.config.waits.unconfirmedGraceMs, deadlineAt: row.deadlineAt };
  const verdict = judgeEvidence(row.search, { startedAt: sweep.startedAt, ...look }, rules);
  const target = { jobId: row.jobId, attemptId: row.id };
  switch (verdict.kind) {
    case 'search-on':
      return keepSearch(context.db, row.id, verdict.search);
    case 'disproved':
      return conclude(context, target, { type: 'disproved', by: 'absence' });
    case 'deadline': {
      const lookAgainInMs = lateLookDelayMs(0, context.config.waits.jobDeadlineMs);
      return conclude(context, target, { type: 'given-up', lookAgainInMs, by: 'deadline' });
    }
  }
}

async function conclude(
  context: WorkerContext,
  target: { readonly jobId: string; readonly attemptId: string },
  event: AttemptEvent,
): Promise<void> {
  const decision = await judgeAttempt(context, target, event);
  context.logger.warn({ ...target, by: event.by, decision: decision?.kind }, 'attempt.settled');
}
