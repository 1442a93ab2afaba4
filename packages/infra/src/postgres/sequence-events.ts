import { inDeliveriesLane } from './carry-deliveries.js';
import type { CarriedJob } from './carry-jobs.js';
import { deliveriesOf } from './insert-deliveries.js';
import { KEPT } from './keep-plans.js';
import type { Database } from './open-database.js';

const SEQUENCE_LOCK = 4_310_431_147;

/** Events that one round gives their positions. */
export const SEQUENCED_MAX = 1_000;

/** The channel on which readers hear that there are events with new positions. */
const PUBLISHED_CHANNEL = 'catwalk_published';

/**
 * Gives committed events their positions, and makes their deliveries with them, by one process at a time: who has seen a position has seen all before it,
 * whatever the order in which their transactions began. One statement, and so one transaction, that holds its lock
 * until it is committed. A process that gets no lock leaves the events to the one that has it. Nothing waits for a
 * transaction that is still open: its events get their positions when it has ended.
 *
 * @param carried takes what of their deliveries is to be put into the lane; without it, that is left to the carry; `isFull` when some has to
 *   wait until there is room
 * @returns how many events were given one
 */
export async function sequenceEvents(
  db: Database,
  carried?: (jobs: readonly CarriedJob[], isFull: boolean) => void,
): Promise<number> {
  const rows = await db.prisma.$queryRaw<
    { count: number; full: boolean; jobs: { id: string; carry: number }[] }[]
  >`${KEPT}
    WITH lock AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(${SEQUENCE_LOCK}) AS held),
    -- What another process took since this statement began is gone, and is left out.
    taken AS (
      DELETE FROM catwalk.event_outbox WHERE (SELECT held FROM lock) AND id = ANY (ARRAY(
        SELECT id FROM catwalk.event_outbox ORDER BY id LIMIT ${SEQUENCED_MAX}))
      RETURNING *
    ),
    published AS (
      INSERT INTO catwalk.published_event (id, type, client, try_on_id, batch_id, account, actor, data, at)
      SELECT 'evt_' || replace(gen_random_uuid()::text, '-', ''), type, client, try_on_id, batch_id, account,
        actor, data, at
      FROM taken ORDER BY id
      RETURNING position, id, type, client, try_on_id
    ),
    ${deliveriesOf(carried !== undefined)}
    woken AS (SELECT pg_notify(${PUBLISHED_CHANNEL}, '') WHERE EXISTS (SELECT FROM published))
    SELECT count(*)::int AS count, (SELECT count(*) FROM woken) AS woken,
      coalesce((SELECT json_agg(json_build_object('id', id, 'carry', carry) ORDER BY id) FROM deliveries WHERE carry = 1), '[]') AS jobs,
      EXISTS (SELECT FROM deliveries WHERE carry = 0) AS full
    FROM published`;
  const { count = 0, full = false, jobs = [] } = rows[0] ?? {};
  if (jobs.length > 0 || full) carried?.(jobs.map(inDeliveriesLane), full);
  return count;
}
