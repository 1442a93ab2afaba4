import type { Database } from './open-database.js';

/**
 * Notes, once for all processes, that callbacks have fallen silent, in the timeline of the job whose end
 * without one showed it.
 *
 * @returns whether it was this call that noted it
 */
export async function noteSilence(
  db: Database,
  end: { readonly jobId: string; readonly attemptId: string },
  data: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const told = await db.prisma.$executeRaw`
    WITH told AS (
      INSERT INTO catwalk.setting (key, value) VALUES ('callbacks_silent', ${end.attemptId})
      ON CONFLICT (key) DO NOTHING RETURNING value
    ),
    noted AS (
      INSERT INTO catwalk.event (try_on_id, attempt_id, kind, actor, data, at)
      SELECT ${end.jobId}, told.value, 'callbacks.silent', 'worker', ${JSON.stringify(data)}::jsonb, clock_timestamp()
      FROM told
    )
    INSERT INTO catwalk.event_outbox (type, actor, data, at)
    SELECT 'callbacks.silent', 'worker', ${JSON.stringify(data)}::jsonb, clock_timestamp() FROM told`;
  return told > 0;
}

/** The silence is over, if there was one: the next is told of again. */
export async function endSilence(db: Database): Promise<boolean> {
  const rows = await db.prisma.$executeRaw`DELETE FROM catwalk.setting WHERE key = 'callbacks_silent'`;
  return rows > 0;
}
