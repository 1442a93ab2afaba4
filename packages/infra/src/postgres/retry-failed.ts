import { decide } from '@catwalk/core';
import type { OrderedBy } from './control-batch.js';
import { holdForRetry, keepHeld, RETRYABLE, type Retrier, releaseRetry } from './hold-for-retry.js';
import { readBatchState } from './hold-upload.js';
import { judgeJobsOfBatch, type Question } from './judge-jobs.js';
import { lineIdRange } from './line-id.js';
import { makeId } from './make-id.js';
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

/**
 * Queues the failed jobs of a batch again, those that may be billed twice left out. A finished batch runs again.
 * Done in chunks, and each job once: what fails anew meanwhile stays failed. When it is broken off, repeating it
 * does the rest.
 */
export async function retryFailed(db: Database, id: string, by: OrderedBy): Promise<RetriedBatch> {
  const { first, last } = lineIdRange(id);
  const retrier = { batchId: id, token: makeId('evt') };
  const leftOut: Record<string, number> = {};
  let retried = 0;
  let after = first;
  let open = await findFailed(db, id, after, last);
  for (let isFirst = true; ; isFirst = false) {
    const state =
      open.length === 0 ? await readBatchState(db, id) : await holdForRetry(db, retrier, { isFirst });
    if (state === null) return { kind: 'missing' };
    if (!RETRYABLE.includes(state) && isFirst) return { kind: 'wrong_state', state };
    if (open.length === 0 || !RETRYABLE.includes(state)) break;
    // What is left of a chunk does not lead back into it: what fails anew stays failed.
    if ((open.at(-1) ?? '') > after) after = open.at(-1) ?? after;
    const { left, outcomes } = await retryHeld(db, retrier, open, by);
    for (const outcome of outcomes)
      if (outcome === 'retried') retried += 1;
      else if (outcome !== 'moved') leftOut[outcome] = (leftOut[outcome] ?? 0) + 1;
    open = left.length > 0 ? left : await findFailed(db, id, after, last);
  }
  await releaseRetry(db, retrier);
  await notifyWork(db.prisma);
  return { kind: 'done', retried, leftOut };
}

/** Retries jobs of a batch that is held; what is left was not saved, and waits for another look at the batch. */
async function retryHeld(db: Database, retrier: Retrier, ids: readonly string[], by: OrderedBy) {
  const questions = ids.map((jobId) => retryOf(jobId, by));
  const results = await keepHeld(db, retrier, () => judgeJobsOfBatch(db, retrier.batchId, questions));
  return {
    left: ids.filter((_, n) => results[n] === null),
    outcomes: results.filter((result) => result !== null),
  };
}

async function findFailed(db: Database, id: string, after: string, last: string): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM catwalk.try_on
    WHERE status = 'failed' AND id > ${after} AND id <= ${last} AND batch_id = ${id} ORDER BY id LIMIT ${CHUNK}`;
  return rows.map((row) => row.id);
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
