import { OPEN_ATTEMPT_STATES } from '@catwalk/core';
import { deleteTryOns } from './delete-try-ons.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** How many of each kind one round drops. */
const CHUNK = 200;

/** What one round dropped. */
export interface Dropped {
  readonly tryOns: number;
  readonly callbacks: number;
  readonly events: number;
  readonly lines: number;
}

/**
 * Drops what has been over for so many days, a chunk of each kind: finished jobs down to their bill with everything
 * that belongs to them, callbacks that belong to none, and lines of batches that could not be made jobs. A job that is
 * still looked for at the provider is left for later.
 */
export async function dropOld(db: Database, days: number): Promise<Dropped> {
  const before = Prisma.sql`clock_timestamp() - ${days} * interval '1 day'`;
  const open = [...OPEN_ATTEMPT_STATES];
  const old = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM catwalk.try_on t
    WHERE finished_at IS NOT NULL AND deleted_at IS NULL AND finished_at < ${before}
      AND NOT EXISTS (SELECT FROM catwalk.attempt a WHERE a.try_on_id = t.id
        AND (a.state = ANY (${open}::text[]) OR a.next_check_at IS NOT NULL))
    ORDER BY finished_at LIMIT ${CHUNK}`;
  const ids = old.map((row) => row.id);
  const { deleted } = ids.length > 0 ? await deleteTryOns(db, ids, 'retention') : { deleted: new Set() };
  const callbacks = await db.prisma.$executeRaw`
    DELETE FROM catwalk.callback WHERE id = ANY (ARRAY(SELECT id FROM catwalk.callback
      WHERE try_on_id IS NULL AND received_at < ${before} ORDER BY received_at LIMIT ${CHUNK}))`;
  const lines = await db.prisma.$executeRaw`
    DELETE FROM catwalk.batch_invalid_line WHERE (batch_id, line) IN (
      SELECT l.batch_id, l.line FROM catwalk.batch b JOIN catwalk.batch_invalid_line l ON l.batch_id = b.id
      WHERE b.state IN ('finished', 'canceled') AND b.finished_at < ${before} LIMIT ${CHUNK})`;
  const events = await dropOldEvents(db, days);
  return { tryOns: deleted.size, callbacks, events, lines };
}

/** A delivery is tried for three days, and tells of its event as it stands in the log. */
const EVENT_DAYS_LEAST = 4;

/** From the beginning of the log on, and no further than the first that is young. */
function dropOldEvents(db: Database, days: number): Promise<number> {
  return db.prisma.$executeRaw`
    DELETE FROM catwalk.published_event WHERE position = ANY (ARRAY(
      SELECT position FROM (SELECT position, at FROM catwalk.published_event ORDER BY position LIMIT ${CHUNK}) p
      WHERE at < clock_timestamp() - ${Math.max(days, EVENT_DAYS_LEAST)} * interval '1 day'))`;
}

/** Whether a round may have left something for the next. */
export function hasMoreToDrop(dropped: Dropped): boolean {
  return Object.values(dropped).some((count) => count >= CHUNK);
}
