import type { BatchChange } from '@catwalk/core';
import { KEPT } from './keep-plans.js';
import type { Queryable } from './open-database.js';

/** Deltas that one round takes. */
const TAKEN_MAX = 5_000;

/** What ended, by batch. */
export interface BatchEnds {
  readonly changes: ReadonlyMap<string, readonly BatchChange[]>;
  /** Whether all that had been committed was taken. */
  readonly complete: boolean;
}

type ChangeRow = BatchChange & { readonly batchId: string; readonly seen: number };

/**
 * Takes the deltas of locked batches, and those of batches that are no more, the oldest first, and gives what
 * ended its place in the order of ends. What is open again has none.
 *
 * A job's own deltas are in the order in which they were committed, since each is written while the job is locked.
 * Places are given by one process at a time: whoever has seen one has seen all before it.
 */
export async function takeBatchDeltas(tx: Queryable, batchIds: readonly string[]): Promise<BatchEnds> {
  const rows = await tx.$queryRaw<ChangeRow[]>`${KEPT}
    WITH first AS MATERIALIZED (
      SELECT id, batch_id FROM catwalk.batch_delta ORDER BY id LIMIT ${TAKEN_MAX}
    ),
    known AS MATERIALIZED (
      SELECT b.id FROM (SELECT DISTINCT batch_id FROM first) f
      -- The limit keeps this from reading the whole table through.
      CROSS JOIN LATERAL (SELECT id FROM catwalk.batch WHERE id = f.batch_id LIMIT 1) b
    ),
    taken AS (
      DELETE FROM catwalk.batch_delta WHERE id = ANY (ARRAY(
        SELECT id FROM first
        WHERE batch_id = ANY (${batchIds}::text[]) OR batch_id <> ALL (ARRAY(SELECT id FROM known))
      ))
      RETURNING id, batch_id, try_on_id, was, was_code, ended, code, images_billed
    ),
    last AS MATERIALIZED (
      SELECT DISTINCT ON (try_on_id) id, batch_id, try_on_id, ended FROM taken
      WHERE (was IS NOT NULL OR ended IS NOT NULL) AND batch_id = ANY (${batchIds}::text[])
      ORDER BY try_on_id, id DESC
    ),
    withdrawn AS (
      DELETE FROM catwalk.batch_result
      WHERE try_on_id = ANY (ARRAY(SELECT try_on_id FROM last WHERE ended IS NULL))
    ),
    placed AS (
      INSERT INTO catwalk.batch_result (try_on_id, batch_id)
      SELECT try_on_id, batch_id FROM last WHERE ended IS NOT NULL ORDER BY id
      ON CONFLICT (try_on_id) DO UPDATE SET position = excluded.position
    )
    SELECT batch_id AS "batchId", was, was_code AS "wasCode", ended, code, count(*)::int AS jobs,
      sum(images_billed)::int AS "imagesBilled", (SELECT count(*) FROM first)::int AS seen
    FROM taken GROUP BY batch_id, was, was_code, ended, code`;
  const changes = new Map<string, BatchChange[]>();
  for (const { batchId, seen: _, ...change } of rows) {
    const known = changes.get(batchId);
    if (known === undefined) changes.set(batchId, [change]);
    else known.push(change);
  }
  return { changes, complete: (rows[0]?.seen ?? 0) < TAKEN_MAX };
}
