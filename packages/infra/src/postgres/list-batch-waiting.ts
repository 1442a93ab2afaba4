import { z } from 'zod';
import { COPY_LANE } from './copy-lane.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** Of larger groups no more is counted: what is over is known from the counts of the batch. */
const COUNTED_MAX = 2_000;

const group = z.object({
  batchId: z.string(),
  lane: z.string(),
  inputsChecked: z.boolean(),
  flow: z.string(),
  /** Those that may start now as far as time is concerned, and those that wait for a time. */
  due: z.number(),
  notDue: z.number(),
});

/** Queued jobs of a batch that differ in nothing that decides when they may start, but for their due time. */
export type BatchWaitingGroup = z.output<typeof group>;

/**
 * The queued jobs of batches by what decides when they may start. Of those that wait for their turn the groups are
 * found by jumps in the index of all that wait, and of no group more than two thousand are read; those that are
 * carried are few.
 */
export async function listBatchWaiting(
  db: Database,
  batches: readonly { readonly id: string; readonly client: string }[],
): Promise<BatchWaitingGroup[]> {
  if (batches.length === 0) return [];
  const rows = await db.prisma.$queryRaw<unknown[]>(batchWaitingStatement(batches));
  return rows.map((row) => group.parse(row));
}

/** The statement behind it; exported for the test of its plan. */
export function batchWaitingStatement(
  batches: readonly { readonly id: string; readonly client: string }[],
): Prisma.Sql {
  const ids = batches.map((batch) => batch.id);
  const clients = batches.map((batch) => batch.client);
  return Prisma.sql`
    WITH RECURSIVE place AS (
      SELECT b.id AS batch_id, b.client, l.lane, c.checked, p.priority, n.now
      FROM unnest(${ids}::text[], ${clients}::text[]) AS b(id, client)
      CROSS JOIN (SELECT '*' AS lane UNION ALL SELECT ${COPY_LANE} UNION ALL SELECT email FROM catwalk.account) l
      CROSS JOIN (VALUES (false), (true)) AS c(checked)
      CROSS JOIN (VALUES (0::smallint), (1::smallint), (2::smallint)) AS p(priority)
      CROSS JOIN (SELECT clock_timestamp() AS now) n
    ),
    flow AS (
      SELECT p.*, f.flow FROM place p CROSS JOIN LATERAL (${firstFrom(Prisma.sql`>= (p.priority, p.client, p.batch_id)`)}) f
      WHERE ${IS_OF_BATCH}
      UNION ALL
      SELECT p.batch_id, p.client, p.lane, p.checked, p.priority, p.now, f.flow
      FROM flow p CROSS JOIN LATERAL (${firstFrom(Prisma.sql`> (p.priority, p.client, p.flow)`)}) f
      WHERE ${IS_OF_BATCH}
    ),
    waiting AS (
      SELECT f.batch_id, f.lane, f.checked, f.flow, w.due, w.not_due
      FROM flow f CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE t.due_at <= f.now) AS due, count(*) FILTER (WHERE t.due_at > f.now) AS not_due
        FROM (
          SELECT t.due_at FROM catwalk.try_on t
          WHERE ${WAITING} AND t.lane = f.lane AND t.inputs_checked = f.checked
            AND (t.priority, t.client, t.flow) >= (f.priority, f.client, f.flow)
            AND (t.priority, t.client, t.flow) <= (f.priority, f.client, f.flow)
          ORDER BY t.priority, t.client, t.flow, t.id LIMIT ${COUNTED_MAX}
        ) t
      ) w
    ),
    carried AS MATERIALIZED (
      SELECT t.batch_id, t.lane, t.inputs_checked, t.flow FROM catwalk.try_on t
      WHERE t.status = 'queued' AND t.carried_at IS NOT NULL
        AND t.lane = ANY (ARRAY(SELECT DISTINCT lane FROM place))
    )
    SELECT batch_id AS "batchId", lane, checked AS "inputsChecked", flow, sum(due)::int AS due,
      sum(not_due)::int AS "notDue"
    FROM (
      SELECT batch_id, lane, checked, flow, due, not_due FROM waiting
      UNION ALL
      SELECT batch_id, lane, inputs_checked, flow, count(*), 0 FROM carried
      WHERE batch_id = ANY (${ids}::text[]) GROUP BY 1, 2, 3, 4
    ) groups
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`;
}

const WAITING = Prisma.sql`t.status = 'queued' AND t.carried_at IS NULL`;

/** Flows of a batch begin with its id, and so stand together. */
const IS_OF_BATCH = Prisma.sql`f.priority = p.priority AND f.client = p.client AND starts_with(f.flow, p.batch_id)`;

/**
 * The first place in the index of what waits, from a place `p` on. Places are compared as a whole: where the client
 * stood alone, a planner that knows too little of the table would take the index by clients, and read all of it.
 */
function firstFrom(from: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT t.priority, t.client, t.flow FROM catwalk.try_on t
    WHERE ${WAITING} AND t.lane = p.lane AND t.inputs_checked = p.checked AND (t.priority, t.client, t.flow) ${from}
    ORDER BY t.priority, t.client, t.flow, t.id LIMIT 1`;
}
