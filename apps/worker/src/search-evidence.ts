import {
  type AttemptEvent,
  isSearched,
  judgeEvidence,
  LISTING_MARGIN_MS,
  lateLookDelayMs,
  matchListing,
  type ScheduledTask,
} from '@catwalk/core';
import {
  keepSearch,
  keepSwept,
  listSearched,
  type SearchRow,
  type WatchedAttempt,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAlone } from './judge-alone.js';
import { judgeAttempt } from './judge-attempt.js';
import { noteArrival } from './note-arrival.js';
import { readListing } from './read-listing.js';
import type { SweepClock } from './sweep-clock.js';

/** One sweep over everything that is unknown: when it began, and what runs by the scheduler, if it answered. */
export interface Sweep {
  readonly clock: SweepClock;
  readonly running: readonly ScheduledTask[] | null;
}

/**
 * Searches for attempts whose answer was lost, or named no task. What the accounts' listings show with the same
 * inputs is taken provisionally; what two complete looks after the grace do not show never arrived, and its job
 * is submitted again. A provider that cannot be asked proves nothing.
 */
export async function searchEvidence(
  context: WorkerContext,
  attempts: readonly WatchedAttempt[],
  sweep: Sweep,
): Promise<void> {
  const searched = attempts.filter(isSearched);
  const accounts = [...new Set(searched.map((attempt) => attempt.account))];
  await Promise.all(
    accounts.map((account) => {
      const sent = searched.filter((one) => one.account === account).map((one) => one.sentAt.getTime());
      const since = new Date(Math.min(...sent) - LISTING_MARGIN_MS);
      return judgeAlone(context, { account }, () => searchAccount(context, account, since, sweep));
    }),
  );
  // However long the slowest account took, the machine did not stand still meanwhile.
  if (searched.length > 0 && !sweep.clock.stoodStill())
    await keepSwept(
      context.db,
      searched.map((attempt) => attempt.id),
    );
}

async function searchAccount(
  context: WorkerContext,
  account: string,
  since: Date,
  sweep: Sweep,
): Promise<void> {
  const look = await lookForAttempts(context, account, since, sweep);
  // One after the other, so that twins are settled by the same look or not at all.
  for (const row of look.rows)
    await judgeAlone(context, { jobId: row.jobId, attemptId: row.id }, () => {
      const taskId = look.taskOf.get(row.id);
      return taskId === undefined ? settle(context, row, sweep, look) : take(context, row, taskId);
    });
  const { rows, taskOf, doubts } = look;
  const counts: Record<string, number> = {};
  for (const doubt of doubts.values()) counts[doubt] = (counts[doubt] ?? 0) + 1;
  context.logger.info(
    { account, searched: rows.length, found: taskOf.size, doubts: counts },
    'evidence.searched',
  );
}

interface AccountLook {
  readonly rows: readonly SearchRow[];
  readonly answered: boolean;
  readonly taskOf: ReadonlyMap<string, string>;
  /** Why the look proves nothing of an attempt that it did not find; none: it proves it absent. */
  readonly doubts: ReadonlyMap<string, string>;
}

async function lookForAttempts(
  context: WorkerContext,
  account: string,
  since: Date,
  sweep: Sweep,
): Promise<AccountLook> {
  const { running, clock } = sweep;
  const range = { since, from: null };
  const listing = running === null ? null : await readListing(context, account, range, clock);
  const taskIds = listing?.tasks.map((task) => task.taskId) ?? [];
  const all = await listSearched(context.db, account, since, taskIds);
  const rows = all.filter(isSearched);
  const doubted = (doubt: string) => new Map(rows.map((row) => [row.id, doubt]));
  const none = { rows, taskOf: new Map<string, string>() };
  if (running === null) return { ...none, answered: false, doubts: doubted('scheduler_unanswered') };
  if (listing === null) return { ...none, answered: false, doubts: doubted('listing_unanswered') };
  const match = matchListing(all, { ...listing, startedAt: clock.startedAt, running });
  return {
    rows,
    answered: true,
    taskOf: new Map(match.pairs.map((pair) => [pair.attemptId, pair.taskId])),
    doubts: clock.stoodStill()
      ? doubted('stood_still')
      : new Map(match.doubts.map(({ attemptId, doubt }) => [attemptId, doubt])),
  };
}

async function take(context: WorkerContext, row: SearchRow, taskId: string): Promise<void> {
  const target = { jobId: row.jobId, attemptId: row.id };
  const decision = await judgeAttempt(context, target, {
    type: 'accepted',
    taskId,
    provisional: true,
    by: 'listing',
  });
  await noteArrival(context, row.sentAt);
  context.logger.info({ ...target, by: 'listing', decision: decision?.kind }, 'attempt.proven');
}

async function settle(
  context: WorkerContext,
  row: SearchRow,
  sweep: Sweep,
  { answered, doubts }: AccountLook,
): Promise<void> {
  const { unconfirmedGraceMs: graceMs, pollIntervalMs, jobDeadlineMs } = context.config.waits;
  const doubt = doubts.get(row.id) ?? null;
  const verdict = judgeEvidence(
    row.search,
    { startedAt: sweep.clock.startedAt, answered, complete: doubt === null },
    { graceMs, pollIntervalMs, jobDeadlineMs, deadlineAt: row.deadlineAt },
  );
  switch (verdict.kind) {
    case 'search-on':
      return keepSearch(context.db, row.id, verdict.search, doubt);
    case 'disproved':
      return conclude(context, row, doubt, { type: 'disproved', by: 'absence' });
    case 'deadline': {
      const lookAgainInMs = lateLookDelayMs(0, jobDeadlineMs);
      return conclude(context, row, doubt, { type: 'given-up', lookAgainInMs, by: 'deadline' });
    }
  }
}

async function conclude(
  context: WorkerContext,
  row: SearchRow,
  doubt: string | null,
  event: AttemptEvent,
): Promise<void> {
  const target = { jobId: row.jobId, attemptId: row.id };
  const decision = await judgeAttempt(context, target, event);
  context.logger.warn({ ...target, by: event.by, doubt, decision: decision?.kind }, 'attempt.settled');
}
