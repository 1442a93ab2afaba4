import { z } from 'zod';
import { Prisma } from './generated/client.js';

/** Of larger groups no more is counted: what is over is known from the counts of the batch. */
const COUNTED_MAX = 2_000;

/** As one group of queued jobs is read. */
export const batchWaitingGroup = z.object({
  lane: z.string(),
  inputsChecked: z.boolean(),
  flow: z.string(),
  /** Those that may start now as far as time is concerned, and those that wait for a time. */
  due: z.number(),
  notDue: z.number(),
});

/** Queued jobs of a batch that differ in nothing that decides when they may start, but for their due time. */
export type BatchWaitingGroup = z.output<typeof batchWaitingGroup>;

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

/**
 * What the queued jobs of the batches in `shown` wait for, by what decides when they may start: parts of the statement
 * that reads these. Of those that wait for their turn the groups are found by jumps in the index of all that wait, and
 * of no group more than two thousand are read; those that are carried are few. Held batches have none: all of theirs
 * wait for the same.
 */
export const BATCH_WAITING = {
  ctes: Prisma.sql`,
    place AS (
      SELECT b.id AS batch_id, b.client, l.lane, c.checked, p.priority, n.now
      FROM shown b
      CROSS JOIN (SELECT '*' AS lane UNION ALL SELECT '+copy' UNION ALL SELECT email FROM catwalk.account) l
      CROSS JOIN (VALUES (false), (true)) AS c(checked)
      CROSS JOIN (VALUES (0::smallint), (1::smallint), (2::smallint)) AS p(priority)
      CROSS JOIN (SELECT clock_timestamp() AS now) n
      WHERE b.state NOT IN ('receiving', 'paused', 'canceling')
        AND (b.total > b.succeeded + b.failed + b.canceled
          OR EXISTS (SELECT FROM catwalk.batch_delta d WHERE d.batch_id = b.id))
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
    ),
    groups AS MATERIALIZED (
      SELECT batch_id, lane, checked, flow, sum(due)::int AS due, sum(not_due)::int AS not_due
      FROM (
        SELECT batch_id, lane, checked, flow, due, not_due FROM waiting
        UNION ALL
        SELECT batch_id, lane, inputs_checked, flow, count(*), 0 FROM carried
        WHERE batch_id IN (SELECT batch_id FROM place) GROUP BY 1, 2, 3, 4
      ) one
      GROUP BY 1, 2, 3, 4
    )`,
  column: Prisma.sql`, coalesce(w.groups, '[]') AS "waitingGroups"`,
  join: Prisma.sql`
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(jsonb_build_object('lane', g.lane, 'inputsChecked', g.checked, 'flow', g.flow, 'due', g.due,
        'notDue', g.not_due) ORDER BY g.lane, g.checked, g.flow) AS groups
      FROM groups g WHERE g.batch_id = b.id
    ) w ON true`,
};
