import { lockBatch, resetGuard, setRunning } from './control-batch.js';
import { stopClaims, writeCeilings } from './keep-ceilings.js';
import type { Database } from './open-database.js';
import { retryOnce } from './sql-error.js';

/** Somebody who queues the failed jobs of a batch again: each call has a token of its own. */
export interface Retrier {
  readonly batchId: string;
  readonly token: string;
}

/** States of a batch whose failed jobs may be queued again. */
export const RETRYABLE: readonly string[] = ['running', 'paused', 'finished'];

/** For so long the batch does not end, though nothing of it may be open. */
const HOLD_SECONDS = 10;
const RENEW_MS = 3_000;

/**
 * Makes a batch ready for a chunk, before any job of it is queued: a finished one runs, within its ceiling, and none
 * ends until {@link releaseRetry}, or until nobody has renewed it for {@link HOLD_SECONDS}. Two who hold a batch at
 * once share it: neither releases it, and it is over by itself.
 *
 * @returns its state before; when that is not retryable, nothing was done; null: there is no such batch
 */
export function holdForRetry(
  db: Database,
  { batchId, token }: Retrier,
  { isFirst }: { readonly isFirst: boolean },
): Promise<string | null> {
  const hold = () =>
    db.prisma.$transaction(async (tx) => {
      await stopClaims(tx);
      const batch = await lockBatch(tx, batchId);
      if (batch === null) return null;
      const { state, maxImages } = batch;
      if (!RETRYABLE.includes(state)) return state;
      if (state === 'finished') {
        if (maxImages !== null)
          await writeCeilings(tx, [{ scope: 'batch', name: batchId, images: maxImages }]);
        await setRunning(tx, batchId);
      } else if (state === 'running' && isFirst) await resetGuard(tx, batchId);
      await tx.$executeRaw`
        UPDATE catwalk.batch SET
          upload_token = CASE WHEN upload_until > clock_timestamp() AND upload_token IS DISTINCT FROM ${token}
            THEN NULL ELSE ${token} END,
          upload_until = clock_timestamp() + ${HOLD_SECONDS} * interval '1 second'
        WHERE id = ${batchId}`;
      return state;
    });
  return retryOnce(hold);
}

/** Keeps a batch that is held so for as long as the work takes. */
export async function keepHeld<T>(db: Database, { batchId }: Retrier, work: () => Promise<T>): Promise<T> {
  // One that was released stays so, also when a renewal comes late.
  const renew = () => db.prisma.$executeRaw`
    UPDATE catwalk.batch SET upload_until = clock_timestamp() + ${HOLD_SECONDS} * interval '1 second'
    WHERE id = ${batchId} AND upload_until IS NOT NULL AND state <> 'receiving'`;
  const renewing = setInterval(() => renew().catch(() => undefined), RENEW_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewing);
  }
}

/** Lets a batch end again, unless somebody else holds it too. */
export async function releaseRetry(db: Database, { batchId, token }: Retrier): Promise<void> {
  await retryOnce(
    () => db.prisma.$executeRaw`
      UPDATE catwalk.batch SET upload_token = NULL, upload_until = NULL
      WHERE id = ${batchId} AND upload_token = ${token}`,
  );
}
