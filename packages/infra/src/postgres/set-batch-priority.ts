import { type BatchControl, lockBatch, orderBatch } from './control-batch.js';
import { lineIdRange } from './line-id.js';
import type { Database } from './open-database.js';

/** Jobs of one statement: their rows are locked as long as it runs. */
const CHUNK = 2_000;
const OPEN = ['running', 'paused'];

/**
 * Gives what of a batch is not carried yet another priority. Done in chunks: when it is broken off, repeating it
 * does the rest.
 *
 * @param priority 0 high, 1 normal, 2 low
 */
export async function setBatchPriority(db: Database, id: string, priority: 0 | 1 | 2): Promise<BatchControl> {
  const control = await orderBatch(db, async (tx) => {
    const batch = await lockBatch(tx, id);
    if (batch === null) return { kind: 'missing' };
    if (!OPEN.includes(batch.state)) return { kind: 'wrong_state', state: batch.state };
    await tx.$executeRaw`
      UPDATE catwalk.batch SET priority = ${priority}, updated_at = clock_timestamp() WHERE id = ${id}`;
    return { kind: 'done' };
  });
  const { first, last } = lineIdRange(id);
  for (let after: string | null = first; control.kind === 'done' && after !== null; )
    after = await setOfChunk(db, { id, after, last, priority });
  return control;
}

/** @returns the last id of the chunk; null: there was none */
async function setOfChunk(
  db: Database,
  chunk: { readonly id: string; readonly after: string; readonly last: string; readonly priority: number },
): Promise<string | null> {
  const rows = await db.prisma.$queryRaw<{ last: string | null }[]>`
    WITH chunk AS MATERIALIZED (
      SELECT id FROM catwalk.try_on
      WHERE status = 'queued' AND id > ${chunk.after} AND id <= ${chunk.last} AND batch_id = ${chunk.id}
      ORDER BY id LIMIT ${CHUNK} FOR NO KEY UPDATE
    ),
    changed AS (
      UPDATE catwalk.try_on SET priority = ${chunk.priority}::smallint, updated_at = clock_timestamp()
      WHERE id = ANY (ARRAY(SELECT id FROM chunk)) AND carried_at IS NULL
    )
    SELECT max(id) AS last FROM chunk`;
  return rows[0]?.last ?? null;
}
