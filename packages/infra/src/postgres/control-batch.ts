import { GUARD_TO_BE_SET } from '@catwalk/core';
import { IS_DISCARDED } from './discard-batch.js';
import { PAUSE_LOCK } from './keep-pauses.js';
import { notifyWork } from './notify-work.js';
import type { Database, Queryable } from './open-database.js';
import { retryOnce } from './sql-error.js';
import { tellEvents } from './tell-events.js';

/** What became of an order to a batch; `already`: it was as it is to be. */
export type BatchControl =
  | { readonly kind: 'done' }
  | { readonly kind: 'already' }
  | { readonly kind: 'wrong_state'; readonly state: string }
  | { readonly kind: 'missing' };

/** Who orders: the name of a key. */
export interface OrderedBy {
  readonly actor: string;
}

/**
 * Pauses a batch: when it returns, no claim of one of its jobs commits any more until {@link resumeBatch}. What
 * was claimed before still goes out.
 */
export async function pauseBatch(db: Database, id: string, by: OrderedBy): Promise<BatchControl> {
  return orderBatch(db, async (tx) => {
    await stopBatchClaims(tx);
    const batch = await lockBatch(tx, id);
    if (batch === null) return { kind: 'missing' };
    if (batch.state === 'paused') return { kind: 'already' };
    if (batch.state !== 'running') return { kind: 'wrong_state', state: batch.state };
    await tx.$executeRaw`
      UPDATE catwalk.batch SET state = 'paused', state_since = clock_timestamp(), pause_reason = 'person',
        pause_detail = NULL, paused_by = ${by.actor}, updated_at = clock_timestamp()
      WHERE id = ${id}`;
    await putBatchBack(tx, id);
    await tellEvents(tx, [
      {
        type: 'batch.paused',
        client: batch.client,
        batchId: id,
        actor: by.actor,
        data: { reason: 'person' },
      },
    ]);
    await notifyWork(tx);
    return { kind: 'done' };
  });
}

/**
 * Lets a paused batch go on. After a look at its pilot all of it goes on, else the pilot alone if that had not
 * ended. Failures and pace are counted anew.
 */
export async function resumeBatch(db: Database, id: string, _by: OrderedBy): Promise<BatchControl> {
  return orderBatch(db, async (tx) => {
    const batch = await lockBatch(tx, id);
    if (batch === null) return { kind: 'missing' };
    if (batch.state === 'running') return { kind: 'already' };
    if (batch.state !== 'paused') return { kind: 'wrong_state', state: batch.state };
    await tx.$executeRaw`
      UPDATE catwalk.batch SET piloting = piloting AND pause_reason IS DISTINCT FROM 'pilot_review' WHERE id = ${id}`;
    await setRunning(tx, id);
    await notifyWork(tx);
    return { kind: 'done' };
  });
}

/**
 * Cancels what of a batch was not claimed: when it returns, no claim of one of its jobs commits any more. The
 * jobs are canceled one after the other by the workers, in the name of who ordered it; what is in flight ends by
 * itself. An upload that still comes in is broken off. Whoever queues failed jobs again meanwhile still holds the batch:
 * it is canceled only when these are canceled too.
 */
export async function cancelBatch(db: Database, id: string, by: OrderedBy): Promise<BatchControl> {
  return orderBatch(db, async (tx) => {
    await stopBatchClaims(tx);
    const batch = await lockBatch(tx, id);
    if (batch === null || batch.isDiscarded) return { kind: 'missing' };
    if (batch.state === 'canceling' || batch.state === 'canceled') return { kind: 'already' };
    if (batch.state === 'finished') return { kind: 'wrong_state', state: batch.state };
    await tx.$executeRaw`
      UPDATE catwalk.batch SET state = 'canceling', state_since = clock_timestamp(), pause_reason = NULL,
        pause_detail = NULL, paused_by = ${by.actor},
        upload_token = CASE WHEN state = 'receiving' THEN NULL ELSE upload_token END,
        upload_until = CASE WHEN state = 'receiving' THEN NULL ELSE upload_until END,
        updated_at = clock_timestamp()
      WHERE id = ${id}`;
    await putBatchBack(tx, id);
    await notifyWork(tx);
    return { kind: 'done' };
  });
}

/** Repeating an order does no more than the first time. */
export function orderBatch(
  db: Database,
  order: (tx: Queryable) => Promise<BatchControl>,
): Promise<BatchControl> {
  return retryOnce(() => db.prisma.$transaction(order));
}

/**
 * Claims that are under way commit before this returns; others wait until the end of the transaction, and see what
 * it has written. Taken before the batch: a claim takes it before the accounts, and a retry these before the batch.
 */
async function stopBatchClaims(tx: Queryable): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${PAUSE_LOCK})::text`;
}

/** Locks a batch's row, and tells its state. Nobody takes it who has locked a job. */
export async function lockBatch(tx: Queryable, id: string): Promise<LockedBatch | null> {
  const rows = await tx.$queryRaw<LockedBatch[]>`
    SELECT client, state, max_images AS "maxImages", ${IS_DISCARDED} AS "isDiscarded" FROM catwalk.batch
    WHERE id = ${id} FOR NO KEY UPDATE`;
  return rows[0] ?? null;
}

interface LockedBatch {
  readonly client: string;
  readonly state: string;
  readonly maxImages: number | null;
  /** What a crash has left of it is about to be removed. */
  readonly isDiscarded: boolean;
}

/** Sets a locked batch running; its pace is taken from now on, and its failures are counted anew. */
export async function setRunning(tx: Queryable, id: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE catwalk.batch SET state = 'running', state_since = clock_timestamp(), pause_reason = NULL,
      pause_detail = NULL, paused_by = NULL, finished_at = NULL, pace = NULL, paced_at = clock_timestamp(),
      guard_ended = ${GUARD_TO_BE_SET}, guard_failed = 0, updated_at = clock_timestamp()
    WHERE id = ${id}`;
}

/** What of a locked batch has failed until now does not pause it again: the next fold begins to count anew. */
export async function resetGuard(tx: Queryable, id: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE catwalk.batch SET guard_ended = ${GUARD_TO_BE_SET}, guard_failed = 0 WHERE id = ${id}`;
}

/** Takes a batch's jobs out of the lanes: few are carried at a time, of whatever batch. */
async function putBatchBack(tx: Queryable, id: string): Promise<void> {
  await tx.$executeRaw`
    WITH carried AS MATERIALIZED (
      SELECT id, batch_id FROM catwalk.try_on WHERE status = 'queued' AND carried_at IS NOT NULL
    )
    UPDATE catwalk.try_on SET carried_at = NULL WHERE id = ANY (ARRAY(
      SELECT id FROM catwalk.try_on
      WHERE id = ANY (ARRAY(SELECT id FROM carried WHERE batch_id = ${id}))
        AND status = 'queued' AND carried_at IS NOT NULL
      ORDER BY id FOR NO KEY UPDATE))`;
}
