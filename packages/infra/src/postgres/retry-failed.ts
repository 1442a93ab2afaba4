import { decide } from '@catwalk/core';
import { lockBatch, type OrderedBy, resetGuard, setRunning } from './control-batch.js';
import { judgeJobs, type Question } from './judge-jobs.js';
import { stopClaims, writeCeilings } from './keep-ceilings.js';
import { lineIdRange } from './line-id.js';
import { notifyWork } from './notify-work.js';
import type { Database } from './open-database.js';

/** What became of `retry-failed`: how many are queued again, and how many are not, by why. */
export type RetriedBatch =
  | {
      readonly kind: 'done';
      readonly retried: number;
      /** `unproven`: an earlier submit may still be billed. */
      readonly leftOut: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'wrong_state'; readonly state: string }
  | { readonly kind: 'missing' };

const CHUNK = 500;
/** As long as it goes on the batch is not finished, though nothing of it may be open between two chunks. */
const CHUNK_MS = 10_000;
const RETRYABLE = ['running', 'paused', 'finished'];

/**
 * Queues the failed jobs of a batch again, those that may be billed twice left out. A finished batch runs again.
 * Done in chunks, and each job once: what fails anew meanwhile stays failed. When it is broken off, repeating it
 * does the rest.
 */
export async function retryFailed(db: Database, id: string, by: OrderedBy): Promise<RetriedBatch> {
  const { first, last } = lineIdRange(id);
  const leftOut: Record<string, number> = {};
  let retried = 0;
  for (let after = first; ; ) {
    const ids = await findFailed(db, id, after, last);
    const state = await takeUp(db, id, { again: ids.length > 0, reset: after === first });
    if (state === null) return { kind: 'missing' };
    if (!RETRYABLE.includes(state) && after === first) return { kind: 'wrong_state', state };
    const lastId = ids.at(-1);
    if (lastId === undefined || !RETRYABLE.includes(state)) break;
    for (const outcome of await judgeJobs(
      db,
      ids.map((jobId) => retryOf(jobId, by)),
    ))
      if (outcome === 'retried') retried += 1;
      else if (outcome !== 'moved') leftOut[outcome] = (leftOut[outcome] ?? 0) + 1;
    after = lastId;
  }
  await notifyWork(db.prisma);
  return { kind: 'done', retried, leftOut };
}

async function findFailed(db: Database, id: string, after: string, last: string): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM catwalk.try_on
    WHERE status = 'failed' AND id > ${after} AND id <= ${last} AND batch_id = ${id} ORDER BY id LIMIT ${CHUNK}`;
  return rows.map((row) => row.id);
}

/**
 * Makes the batch ready for a chunk, before any job of it is queued: a finished one runs, within its ceiling.
 *
 * @returns its state before; null: there is no such batch
 */
function takeUp(
  db: Database,
  id: string,
  { again, reset }: { readonly again: boolean; readonly reset: boolean },
): Promise<string | null> {
  return db.prisma.$transaction(async (tx) => {
    await stopClaims(tx);
    const batch = await lockBatch(tx, id);
    if (batch === null) return null;
    const { state, maxImages } = batch;
    if (!RETRYABLE.includes(state)) return state;
    if (state === 'finished' && again) {
      if (maxImages !== null) await writeCeilings(tx, [{ scope: 'batch', name: id, images: maxImages }]);
      await setRunning(tx, id);
    } else if (state === 'running' && again && reset) await resetGuard(tx, id);
    await tx.$executeRaw`
      UPDATE catwalk.batch SET upload_until =
        CASE WHEN ${again} THEN clock_timestamp() + ${CHUNK_MS} * interval '1 millisecond' END
      WHERE id = ${id}`;
    return state;
  });
}

type Outcome = 'retried' | 'unproven' | 'moved' | (string & {});

/** A job that was failed when it was listed; one that is not any more is none of these. */
function retryOf(jobId: string, { actor }: OrderedBy): Question<Outcome> {
  return {
    locate: { jobId },
    actor,
    judge: (job, now) => {
      if (job?.status !== 'failed') return { result: 'moved', decision: null };
      const decision = decide(job, { type: 'retried-by-client', mayBillTwice: false }, now);
      if (decision.kind === 'changed') return { result: 'retried', decision };
      return { result: decision.reason === 'may_bill_twice' ? 'unproven' : decision.reason, decision };
    },
  };
}
