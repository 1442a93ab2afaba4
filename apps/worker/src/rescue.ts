import {
  type AttemptEvent,
  CLAIM_FRESH_MS,
  type JobEvent,
  lateLookDelayMs,
  unaskableGraceMs,
} from '@catwalk/core';
import {
  dropOldOrphans,
  findExpired,
  findFalseClaims,
  findPinnedToRemoved,
  findSilentSends,
  findUnaskable,
  forgetInputChecks,
  forgetInputCopies,
  forgetTurns,
  type Overdue,
  recountBudgets,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAlone } from './judge-alone.js';
import { judgeAttempt, judgeEvent } from './judge-attempt.js';

/** Rows of one kind that one sweep moves on; the next sweep takes the rest. */
const SWEEP_MAX = 500;
/** An answer of the last moment is still being written. */
const WRITE_MARGIN_MS = 1_000;

/**
 * Moves on what nobody carries any more: sends whose sender died, jobs that expired or lost their account,
 * attempts that outlived every deadline, or hold a task that proved to be another's. Safe in every worker at
 * once, since each step is judged.
 */
export async function rescue(context: WorkerContext): Promise<void> {
  const { db, config } = context;
  const silentMs = config.waits.submitTimeoutMs + CLAIM_FRESH_MS + WRITE_MARGIN_MS;
  const silent = await findSilentSends(db, silentMs, SWEEP_MAX);
  const unaskable = await findUnaskable(db, unaskableGraceMs(config.waits.jobDeadlineMs), SWEEP_MAX);
  const expired = await findExpired(db, SWEEP_MAX);
  const removed = await findPinnedToRemoved(db, SWEEP_MAX);
  const falseClaims = await findFalseClaims(db, SWEEP_MAX);
  const lookAgainInMs = lateLookDelayMs(0, config.waits.jobDeadlineMs);
  const giveUp = { type: 'given-up', lookAgainInMs, by: 'deadline' } as const;
  const attempt = (target: Overdue, event: AttemptEvent) =>
    judgeAlone(context, { ...target }, () => judgeAttempt(context, target, event));
  const job = (jobId: string, event: JobEvent) =>
    judgeAlone(context, { jobId }, () => judgeEvent(context, jobId, event));
  await Promise.all([
    ...silent.map((target) => attempt(target, { type: 'unanswered', by: 'silence' })),
    ...unaskable.map((target) => attempt(target, giveUp)),
    ...falseClaims.map((claim) =>
      attempt(claim, { type: 'disowned', taskId: claim.taskId, ownedByAnother: true, by: 'owner' }),
    ),
    ...expired.map((jobId) => job(jobId, { type: 'expired' })),
    ...removed.map((jobId) => job(jobId, { type: 'account-removed' })),
  ]);
  await forgetTurns(db);
  await forgetInputChecks(db);
  await forgetInputCopies(db);
  await recountBudgets(db);
  const orphans = await dropOldOrphans(db);
  const moved = {
    silent: silent.length,
    unaskable: unaskable.length,
    expired: expired.length,
    removed: removed.length,
    falseClaims: falseClaims.length,
  };
  if (Object.values({ ...moved, orphans }).some((count) => count > 0))
    context.logger.info({ ...moved, orphans }, 'rescue.swept');
}
