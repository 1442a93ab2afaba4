import type { Database } from './open-database.js';

/**
 * Forgets the turns of flows in which nothing waits. One that comes back goes first, once, like any that was
 * not served for long. Rows that a carry is writing are left for another time.
 */
export async function forgetTurns(db: Database): Promise<void> {
  await db.prisma.$executeRaw`
    DELETE FROM catwalk.turn u USING (
      SELECT lane, client, flow FROM catwalk.turn ORDER BY lane, client, flow FOR UPDATE SKIP LOCKED
    ) known
    WHERE u.lane = known.lane AND u.client = known.client AND u.flow = known.flow
      AND NOT EXISTS (SELECT FROM catwalk.try_on t WHERE t.status = 'queued' AND t.carried_at IS NULL
        AND t.lane = known.lane AND t.inputs_checked IN (true, false) AND t.priority IN (0, 1, 2)
        AND t.client = known.client
        AND t.flow = ANY (ARRAY(SELECT f.flow || n.images FROM (VALUES (''), ('#2'), ('#3'), ('#4')) n(images),
          (VALUES (known.flow), (regexp_replace(known.flow, '^[^ ]+', '\\& pilot'))) f(flow))))`;
}
