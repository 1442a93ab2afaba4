import type { Queryable } from './open-database.js';

/** A task as the provider lists it. */
interface ListedTask {
  readonly taskId: string;
  readonly email: string | null;
  readonly replyRef: string | null;
}

/** Which of these tasks belong to attempts of this database, by their task ids; none of one that is empty yet. */
export async function findOwnTasks(db: Queryable, tasks: readonly ListedTask[]): Promise<Set<string>> {
  const [table] = await db.$queryRaw<{ isThere: boolean }[]>`
    SELECT to_regclass('catwalk.attempt') IS NOT NULL AS "isThere"`;
  if (table?.isThere !== true) return new Set();
  const rows = await db.$queryRaw<{ taskId: string }[]>`
    SELECT l."taskId" FROM jsonb_to_recordset(${JSON.stringify(tasks)}::jsonb)
      AS l("taskId" text, email text, "replyRef" text)
    WHERE EXISTS (SELECT FROM catwalk.attempt a WHERE a.reply_ref = l."replyRef")
      OR EXISTS (SELECT FROM catwalk.attempt a WHERE a.account = l.email AND a.provider_task_id = l."taskId"
        AND a.provider_task_id IS NOT NULL AND NOT a.provisional)`;
  return new Set(rows.map((row) => row.taskId));
}
