import { Prisma } from './generated/client.js';

/**
 * Batches of which nothing may start, as a source of rows `id, but_pilot`: those that are being received, paused or
 * canceled, and all but the pilot of those whose pilot runs. One that has ended holds nothing: who asks for a job
 * of it again means it.
 */
export function heldBatches(): Prisma.Sql {
  return Prisma.sql`
    SELECT id, state = 'running' AS but_pilot FROM catwalk.batch
    WHERE state <> 'finished' AND state <> 'canceled' AND (state <> 'running' OR piloting)`;
}

/** Whether a job `t` is held by its batch. */
export const IS_HELD = Prisma.sql`(t.batch_id IS NOT NULL AND EXISTS (SELECT FROM catwalk.batch b
  WHERE b.id = t.batch_id AND b.state <> 'finished' AND b.state <> 'canceled'
    AND (b.state <> 'running' OR (b.piloting AND t.flow NOT LIKE '% pilot%'))))`;
