import type { Database } from './open-database.js';

const TASKS = 100;

/** How long the last tasks took from submit to end, in seconds on average; null before the first. */
export async function readTaskSeconds(db: Database): Promise<number | null> {
  const rows = await db.prisma.$queryRaw<{ seconds: number | null }[]>`
    SELECT avg(seconds)::float8 AS seconds FROM (
      SELECT extract(epoch FROM state_since - sent_at) AS seconds FROM catwalk.attempt
      WHERE state = ANY (ARRAY['ended_succeeded', 'ended_failed']) ORDER BY state_since DESC LIMIT ${TASKS}
    ) ended`;
  return rows[0]?.seconds ?? null;
}
