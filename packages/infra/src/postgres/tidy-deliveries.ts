import { KEPT } from './keep-plans.js';
import type { Database } from './open-database.js';

const CHUNK = 1_000;
/** What became of a delivery can be looked up for so long. */
const KEPT_DAYS = 30;

/**
 * Cancels what waits for endpoints that were removed or said that they are gone, and forgets deliveries that are
 * older than 30 days; a chunk of each.
 *
 * @returns whether there may be more
 */
export async function tidyDeliveries(db: Database): Promise<boolean> {
  const canceled = await db.prisma.$executeRaw`${KEPT}
    WITH RECURSIVE target AS (
      (SELECT d.target, d.endpoint_id FROM catwalk.delivery d
        WHERE d.state = 'pending' AND d.carried_at IS NULL ORDER BY d.target LIMIT 1)
      UNION ALL
      SELECT n.target, n.endpoint_id FROM target t CROSS JOIN LATERAL (SELECT d.target, d.endpoint_id FROM catwalk.delivery d
        WHERE d.state = 'pending' AND d.carried_at IS NULL AND d.target > t.target ORDER BY d.target LIMIT 1) n
    ),
    dead AS MATERIALIZED (
      SELECT t.target FROM target t LEFT JOIN catwalk.webhook_endpoint e ON e.id = t.endpoint_id
      WHERE t.endpoint_id IS NOT NULL AND (e.id IS NULL OR (e.state = 'disabled' AND e.state_reason = 'gone' AND t.target = e.id))
    )
    UPDATE catwalk.delivery SET state = 'canceled' WHERE id IN (
      SELECT d.id FROM dead CROSS JOIN LATERAL (SELECT id FROM catwalk.delivery d
        WHERE d.target = dead.target AND d.state = 'pending' AND d.carried_at IS NULL ORDER BY d.due_at LIMIT ${CHUNK}
        FOR NO KEY UPDATE SKIP LOCKED) d)`;
  const forgotten = await db.prisma.$executeRaw`${KEPT}
    DELETE FROM catwalk.delivery WHERE id IN (
      SELECT id FROM catwalk.delivery
      WHERE id < 'del_' || lpad(to_hex((extract(epoch FROM clock_timestamp() - ${KEPT_DAYS} * interval '1 day') * 1000)::bigint), 12, '0')
        AND sending_until IS NULL
      ORDER BY id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED)`;
  return canceled >= CHUNK || forgotten >= CHUNK;
}
