import { type AttemptEvent, type ScheduledTask, standstillMs } from '@catwalk/core';
import {
  findKnownReplyRefs,
  keepForeignOpen,
  listOpenAttempts,
  noteListing,
  putOffProbe,
  takeLease,
  type WatchedAttempt,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAlone } from './judge-alone.js';
import { judgeAttempt } from './judge-attempt.js';
import { noteArrival } from './note-arrival.js';
import { proveByReplyRef } from './prove-by-reply-ref.js';
import { searchEvidence } from './search-evidence.js';
import { type SweepClock, startSweepClock } from './sweep-clock.js';

/** For how many looks without an answer the last one's tasks of others still hold their slots, and how long at least. */
const FOREIGN_FRESH_POLLS = 4;
const FOREIGN_FRESH_MIN_MS = 10_000;

/**
 * One look at the provider's scheduler for all accounts. It proves which attempts arrived, shows which tasks
 * are no longer running and are to be fetched, and counts the tasks that are not ours; attempts it proves
 * nothing of are searched for in the accounts' listings.
 */
export async function watchScheduler(context: WorkerContext): Promise<void> {
  const { pollIntervalMs, callbackGraceMs, unconfirmedGraceMs } = context.config.waits;
  if (!(await takeLease(context.db, 'scheduler', pollIntervalMs * 0.9))) return;
  const { attempts, now } = await listOpenAttempts(context.db);
  const clock = startSweepClock(now, standstillMs({ graceMs: unconfirmedGraceMs, pollIntervalMs }));
  const look = await context.provider.scheduler();
  if (look.kind !== 'answered') {
    const reason = look.kind === 'unanswered' ? look.reason : look.message;
    context.outages.failed('provider', new Error(`its scheduler: ${reason}`));
    await Promise.all([
      spareProbes(context, clock),
      searchEvidence(context, attempts, { clock, running: null }),
    ]);
    return;
  }
  context.outages.worked('provider');
  const listing = compare(attempts, look.value);
  await Promise.all(
    listing.proven.map(({ attempt, task }) =>
      judgeAlone(context, { jobId: attempt.jobId, attemptId: attempt.id, by: 'scheduler' }, () =>
        prove(context, attempt, task),
      ),
    ),
  );
  await proveByReplyRef(context, listing.foreign);
  const strangers = countByAccount(await strangersOf(context, listing.foreign));
  const freshMs = Math.max(FOREIGN_FRESH_POLLS * pollIntervalMs, FOREIGN_FRESH_MIN_MS);
  await keepForeignOpen(context.db, strangers, freshMs);
  const ids = (some: readonly WatchedAttempt[]) => some.map((attempt) => attempt.id);
  const due = await noteListing(context.db, {
    listed: ids(listing.listed),
    notListed: ids(listing.notListed),
    intervalMs: pollIntervalMs,
    graceMs: callbackGraceMs,
  });
  await searchEvidence(context, attempts, { clock, running: look.value });
  context.logger.debug({ open: attempts.length, running: look.value.length, due }, 'scheduler.read');
}

/**
 * A probe that is sent while the provider answers nothing at all becomes one more attempt of which nobody knows
 * whether it arrived. One broken scheduler is no such sign: else nothing would be submitted for as long.
 */
async function spareProbes(context: WorkerContext, clock: SweepClock): Promise<void> {
  const accounts = await context.provider.accounts();
  if (accounts.kind !== 'unanswered') return;
  const askedMs = clock.now().getTime() - clock.startedAt.getTime();
  await putOffProbe(context.db, 2 * (context.config.waits.pollIntervalMs + askedMs));
}

interface Comparison {
  readonly proven: readonly { attempt: WatchedAttempt; task: ScheduledTask }[];
  readonly listed: readonly WatchedAttempt[];
  readonly notListed: readonly WatchedAttempt[];
  /** Running tasks that no open attempt of ours is known to be. */
  readonly foreign: readonly ScheduledTask[];
}

function compare(attempts: readonly WatchedAttempt[], tasks: readonly ScheduledTask[]): Comparison {
  const byRef = new Map(attempts.map((attempt) => [attempt.replyRef, attempt]));
  const byTask = new Map(
    attempts.map((attempt) => [`${attempt.account} ${attempt.providerTaskId}`, attempt]),
  );
  const matched = new Map<WatchedAttempt, ScheduledTask>();
  const foreign: ScheduledTask[] = [];
  for (const task of tasks) {
    const ours =
      (task.replyRef === null ? undefined : byRef.get(task.replyRef)) ??
      byTask.get(`${task.email} ${task.taskId}`);
    if (ours === undefined) foreign.push(task);
    else matched.set(ours, task);
  }
  const proven = [...matched].map(([attempt, task]) => ({ attempt, task }));
  return {
    proven: proven.filter(
      ({ attempt, task }) => attempt.state !== 'accepted' || attempt.providerTaskId !== task.taskId,
    ),
    listed: [...matched.keys()],
    notListed: attempts.filter((attempt) => !matched.has(attempt)),
    foreign,
  };
}

async function prove(context: WorkerContext, attempt: WatchedAttempt, task: ScheduledTask): Promise<void> {
  const { taskId } = task;
  const event: AttemptEvent = { type: 'accepted', taskId, provisional: false, by: 'scheduler' };
  const decision = await judgeAttempt(context, { jobId: attempt.jobId, attemptId: attempt.id }, event);
  if (attempt.state === 'unknown') await noteArrival(context, attempt.sentAt);
  context.logger.info(
    {
      jobId: attempt.jobId,
      attemptId: attempt.id,
      from: attempt.state,
      by: 'scheduler',
      decision: decision?.kind,
    },
    'attempt.proven',
  );
}

/** An attempt that was claimed after the open ones were read is ours all the same, and counted as open. */
async function strangersOf(
  context: WorkerContext,
  foreign: readonly ScheduledTask[],
): Promise<ScheduledTask[]> {
  const known = await findKnownReplyRefs(context.db, foreign);
  return foreign.filter((task) => task.replyRef === null || !known.has(task.replyRef));
}

function countByAccount(tasks: readonly ScheduledTask[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const task of tasks)
    if (task.email !== null) counts.set(task.email, (counts.get(task.email) ?? 0) + 1);
  return counts;
}
