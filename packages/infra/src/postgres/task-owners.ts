import type { Database } from './open-database.js';

/** An attempt that only seemed to have a task which another attempt has for certain. */
export interface FalseClaim {
  readonly jobId: string;
  readonly attemptId: string;
  readonly taskId: string;
}

/** The claims of inferred or adopted tasks that another attempt has meanwhile proven to be its own. */
export function findFalseClaims(db: Database, limit: number): Promise<FalseClaim[]> {
  return db.prisma.$queryRaw<FalseClaim[]>`
    SELECT a.try_on_id AS "jobId", a.id AS "attemptId", a.provider_task_id AS "taskId" FROM catwalk.attempt a
    WHERE a.provisional AND a.state <> 'ended_succeeded' AND EXISTS (SELECT FROM catwalk.attempt o WHERE o.account = a.account
      AND o.provider_task_id = a.provider_task_id AND o.provider_task_id IS NOT NULL AND NOT o.provisional)
    ORDER BY a.id LIMIT ${limit}`;
}

/** Whether another job has this task, for certain or not, on an account that one of this job's attempts uses. */
export async function isTaskOfAnotherJob(db: Database, jobId: string, taskId: string): Promise<boolean> {
  const [row] = await db.prisma.$queryRaw<{ taken: boolean }[]>`
    SELECT EXISTS (SELECT FROM catwalk.attempt own JOIN catwalk.attempt o ON o.account = own.account
        AND o.provider_task_id = ${taskId} AND o.provider_task_id IS NOT NULL AND NOT o.provisional
      WHERE own.try_on_id = ${jobId} AND o.try_on_id <> ${jobId})
    OR EXISTS (SELECT FROM catwalk.attempt own JOIN catwalk.attempt o ON o.account = own.account
        AND o.provider_task_id = ${taskId} AND o.provisional
      WHERE own.try_on_id = ${jobId} AND o.try_on_id <> ${jobId}) AS taken`;
  return row?.taken === true;
}

/**
 * Notes in its job's timeline, once, that an attempt was said to be a task that it cannot be: it is known to be
 * another one, or the task is another attempt's.
 */
export async function noteConflict(
  db: Database,
  attemptId: string,
  data: { readonly providerTaskId: string; readonly by: string },
): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.event (try_on_id, attempt_id, kind, actor, data, at)
    SELECT a.try_on_id, a.id, 'attempt.conflicted', 'worker', ${JSON.stringify(data)}::jsonb, clock_timestamp()
    FROM catwalk.attempt a WHERE a.id = ${attemptId} AND NOT EXISTS (
      SELECT FROM catwalk.event e WHERE e.try_on_id = a.try_on_id AND e.attempt_id = a.id
        AND e.kind = 'attempt.conflicted' AND e.data = ${JSON.stringify(data)}::jsonb)`;
}
