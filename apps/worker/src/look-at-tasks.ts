import {
  type AttemptEvent,
  judgeReport,
  LISTING_MARGIN_MS,
  lateLookDelayMs,
  pollDelayMs,
  type TaskReport,
} from '@catwalk/core';
import { type LeasedAttempt, leaseDueLooks, noteEvents, scheduleLook } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { findLateTask } from './find-late-task.js';
import { judgeAlone } from './judge-alone.js';
import { judgeAttempt } from './judge-attempt.js';
import { readListing } from './read-listing.js';
import { type SweepClock, startSweepClock } from './sweep-clock.js';

/** Tasks asked for at once. */
const LOOKS_AT_ONCE = 10;
/** While a look is under way nobody else makes it; longer than all but the longest listings take to read. */
const LEASE_MS = 60_000;

/**
 * Asks the provider for each task whose next look is due, and applies what it says. A given-up attempt of which
 * no task is known is looked for in the listing.
 */
export async function lookAtTasks(context: WorkerContext): Promise<void> {
  for (;;) {
    const due = await leaseDueLooks(context.db, { leaseMs: LEASE_MS, limit: LOOKS_AT_ONCE });
    if (due.length === 0 || context.stopping.aborted) return;
    await Promise.all(
      due.map((attempt) =>
        judgeAlone(context, { jobId: attempt.jobId, attemptId: attempt.id }, () =>
          lookAtTask(context, attempt),
        ),
      ),
    );
  }
}

async function lookAtTask(context: WorkerContext, attempt: LeasedAttempt): Promise<void> {
  const clock = startSweepClock(attempt.leasedAt, LEASE_MS);
  const { providerTaskId } = attempt;
  const { fate, result } =
    providerTaskId === null
      ? await lookInListing(context, attempt, clock)
      : await lookById(context, attempt, providerTaskId, clock);
  if (fate === null) await lookLater(context, attempt, result);
  else await judgeAttempt(context, { jobId: attempt.jobId, attemptId: attempt.id }, fate);
  const target = { jobId: attempt.jobId, attemptId: attempt.id };
  context.logger.info(
    { ...target, result, checks: attempt.checks, fate: fate?.type ?? 'waits' },
    'attempt.polled',
  );
}

/** What a look makes of the attempt (null: nothing yet), and what it saw. */
interface Looked {
  readonly fate: AttemptEvent | null;
  readonly result: string;
}

async function lookById(
  context: WorkerContext,
  attempt: LeasedAttempt,
  taskId: string,
  clock: SweepClock,
): Promise<Looked> {
  const look = await context.provider.task(taskId, attempt.account);
  switch (look.kind) {
    case 'answered': {
      const fate = judgeLook(context, attempt, look.value, look.status);
      return { fate, result: look.value.statusName ?? 'answered' };
    }
    case 'not-found':
      return { fate: await judgeNotFound(context, attempt, taskId, look.message, clock), result: look.kind };
    case 'unanswered':
      return { fate: null, result: look.kind };
  }
}

async function lookInListing(
  context: WorkerContext,
  attempt: LeasedAttempt,
  clock: SweepClock,
): Promise<Looked> {
  const find = await findLateTask(context, attempt, clock);
  if (find.kind !== 'found') return { fate: null, result: find.kind };
  return {
    fate: { type: 'accepted', taskId: find.taskId, provisional: true, by: 'listing' },
    result: find.kind,
  };
}

/** What an answer makes of the attempt; null: it goes on. Only a look begun after the deadline ends it. */
function judgeLook(
  context: WorkerContext,
  attempt: LeasedAttempt,
  report: TaskReport,
  status: number,
): AttemptEvent | null {
  const verdict = judgeReport(report, status);
  const taskId = attempt.providerTaskId;
  if (verdict.kind === 'succeeded') return { type: 'succeeded', taskId, images: verdict.images, by: 'poll' };
  if (verdict.kind === 'failed') return { type: 'failed', taskId, failure: verdict.failure, by: 'poll' };
  return pastDeadline(context, attempt);
}

function pastDeadline(context: WorkerContext, attempt: LeasedAttempt): AttemptEvent | null {
  if (attempt.state !== 'accepted' || attempt.deadlineAt >= attempt.leasedAt) return null;
  const lookAgainInMs = lateLookDelayMs(0, context.config.waits.jobDeadlineMs);
  return { type: 'given-up', lookAgainInMs, by: 'deadline' };
}

/**
 * A task that is not found ended without images, by moderation, lack of credits or deletion, but not while it
 * is young, and not while the account's listing shows it or was not read back to its send. A task that was only
 * inferred, or that a person mistook, was not the attempt's: that is all its absence says.
 */
async function judgeNotFound(
  context: WorkerContext,
  attempt: LeasedAttempt,
  taskId: string,
  message: string,
  clock: SweepClock,
): Promise<AttemptEvent | null> {
  const acceptedAt = attempt.answeredAt ?? attempt.sentAt;
  if (attempt.leasedAt.getTime() - acceptedAt.getTime() < context.config.waits.unconfirmedGraceMs)
    return null;
  const since = new Date(attempt.sentAt.getTime() - LISTING_MARGIN_MS);
  const listing = await readListing(context, attempt.account, { since, from: null }, clock);
  if (listing === null) return null;
  const isShown = listing.tasks.some((task) => task.taskId === taskId);
  if (isShown || listing.completeSinceMs > since.getTime()) return pastDeadline(context, attempt);
  if (attempt.provisional) return { type: 'disowned', taskId, ownedByAnother: false, by: 'poll' };
  return {
    type: 'failed',
    taskId,
    by: 'poll',
    failure: {
      code: 'generation_failed',
      message: 'The provider no longer knows the task',
      providerStatus: 404,
      providerMessage: message,
    },
  };
}

async function lookLater(context: WorkerContext, attempt: LeasedAttempt, result: string): Promise<void> {
  const { pollIntervalMs, jobDeadlineMs } = context.config.waits;
  const made = attempt.checks + 1;
  const delayMs =
    attempt.state === 'given_up' ? lateLookDelayMs(made, jobDeadlineMs) : pollDelayMs(made, pollIntervalMs);
  await scheduleLook(context.db, attempt.id, delayMs, pollIntervalMs);
  await noteEvents(context.db, [
    {
      tryOnId: attempt.jobId,
      attemptId: attempt.id,
      kind: 'attempt.polled',
      actor: 'worker',
      data: { result, nextInMs: delayMs },
    },
  ]);
}
