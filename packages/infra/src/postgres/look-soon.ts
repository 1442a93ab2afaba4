import type { Database } from './open-database.js';

/** Lets the watch ask the provider about these attempts at its next round. */
export async function lookSoon(db: Database, replyRefs: readonly string[]): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET next_check_at = clock_timestamp()
    WHERE reply_ref = ANY(${replyRefs}::text[]) AND provider_task_id IS NOT NULL AND state IN ('accepted', 'given_up')`;
}

/** The same for a job's attempt that holds this task. */
export async function lookAtTaskSoon(db: Database, jobId: string, taskId: string): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.attempt SET next_check_at = clock_timestamp()
    WHERE try_on_id = ${jobId} AND provider_task_id = ${taskId} AND state = 'accepted'`;
}
