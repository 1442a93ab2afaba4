import { cancelBatchJobs, foldBatches, type MovedBatch } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/** Jobs that one statement cancels, and how many of these there are in a round: batches are counted in between. */
const CHUNK = 500;
const CHUNKS_OF_ROUND = 4;

/**
 * Counts what ended of batches, pauses and ends them, and cancels what is left of those that are being canceled.
 * Safe in every worker at once: one counts, and each job is judged.
 *
 * @param again called when there is more to do than one round does
 * @returns what does it once
 */
export function createBatchKeeper(context: WorkerContext, again: () => void): () => Promise<void> {
  const { db, stopping } = context;
  return async () => {
    const round = await foldBatches(db);
    if (round === null) return;
    for (const moved of round.moved) tellMoved(context, moved);
    let chunks = CHUNKS_OF_ROUND;
    let canceled = 0;
    for (const batch of round.canceling)
      for (let found = CHUNK; found === CHUNK && chunks > 0 && !stopping.aborted; chunks -= 1) {
        found = await cancelBatchJobs(db, batch, CHUNK);
        canceled += found;
      }
    if (round.hasMore || canceled > 0) again();
  };
}

/** One line for each batch that paused, ended or runs again. */
function tellMoved({ logger }: WorkerContext, { move, ...counts }: MovedBatch): void {
  switch (move.kind) {
    case 'paused':
      logger.warn({ ...counts, reason: move.reason, detail: move.detail }, 'batch.paused');
      return;
    case 'running':
      logger.info(counts, 'batch.reopened');
      return;
    case 'finished':
      logger.info(counts, 'batch.finished');
      return;
    case 'canceled':
      logger.info(counts, 'batch.canceled');
      return;
  }
}
