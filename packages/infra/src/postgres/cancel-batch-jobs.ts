import { decide } from '@catwalk/core';
import { judgeJobs, type Question } from './judge-jobs.js';
import { lineIdRange } from './line-id.js';
import type { Database } from './open-database.js';

/**
 * Cancels the first jobs of a batch that nothing was submitted for, or nothing any more, as if each had been
 * canceled by itself. What is in flight is left to end.
 *
 * @returns how many there were; fewer than `limit`: no more are left
 */
export async function cancelBatchJobs(
  db: Database,
  batch: { readonly batchId: string; readonly actor: string },
  limit: number,
): Promise<number> {
  const { first, last } = lineIdRange(batch.batchId);
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM catwalk.try_on
    WHERE status = 'queued' AND id >= ${first} AND id <= ${last} AND batch_id = ${batch.batchId}
    ORDER BY id LIMIT ${limit}`;
  await judgeJobs(
    db,
    rows.map(({ id }) => cancelOf(id, batch.actor)),
  );
  return rows.length;
}

function cancelOf(jobId: string, actor: string): Question<void> {
  return {
    locate: { jobId },
    actor,
    judge: (job, now) => ({
      result: undefined,
      decision: job?.status === 'queued' ? decide(job, { type: 'canceled-by-client' }, now) : null,
    }),
  };
}
