import { Prisma } from './generated/client.js';
import { heldBatches } from './held-batches.js';

/**
 * What waits for the lanes of a relation `room (lane, checked, least_open, free, now)`, lined up: `line (lane,
 * checked, place, id, client, flow)`, of each lane the first `free` that may start and fit into what a relation
 * `budget (scope, name, left_images)` leaves, of those whose inputs were checked or of the others; a lane that
 * stands in `room` with both is one line. To follow WITH RECURSIVE.
 *
 * Better classes go first; each hour of waiting makes a job one class better. Within a class clients take
 * turns, and a client's flows take turns among themselves: who was served longest ago is next. Jobs of a flow
 * go by their ids, and so by age; so do those of flows that differ in the number of images alone, which have
 * their turns together; a batch's pilot has the turns of the batch.
 *
 * However many jobs wait, few are read: `flow` jumps from the first job of one flow to that of the next in the
 * index, and only flows whose first job comes into the line are read on. Flows that their batch, their own
 * maxJobs or a ceiling holds back are never entered, of others no more is read than a ceiling leaves, and jobs
 * that are not due are passed over inside the index.
 */
export function lineUp(): Prisma.Sql {
  return Prisma.sql`
  flow AS (
    SELECT p.lane, p.checked, p.least_open, p.free, p.now, f.*
    FROM room p CROSS JOIN LATERAL (${firstJob(Prisma.empty)}) f WHERE p.free > 0
    UNION ALL
    SELECT p.lane, p.checked, p.least_open, p.free, p.now, f.*
    FROM flow p CROSS JOIN LATERAL (
      ${firstJob(Prisma.sql`AND (t.priority, t.client, t.flow) > (p.priority, p.client, p.flow)`)}
    ) f
  ),
  held AS MATERIALIZED (${heldBatches()}),
  -- How many jobs of each flow its ceilings leave room for.
  fitting AS (
    SELECT s.*, coalesce((
      SELECT min(b.left_images) FROM budget b WHERE b.scope = 'day' OR (b.scope = 'client' AND b.name = s.client)
        OR (b.scope = 'batch' AND b.name = split_part(s.turn, ' ', 1))
    ), 2147483647) / coalesce(substring(s.flow FROM '#([0-9])$')::int, 1) AS fits
    FROM (SELECT f.*, replace(split_part(f.flow, '#', 1), ' pilot', '') AS turn FROM flow f) s
    WHERE split_part(s.turn, ' ', 1) NOT IN (SELECT id FROM held WHERE NOT but_pilot)
      AND (s.flow LIKE '% pilot%' OR split_part(s.turn, ' ', 1) NOT IN (SELECT id FROM held))
  ),
  -- A flow's first job that may start; most often it is the one that was found.
  startable AS (
    SELECT f.lane, f.checked, f.least_open, f.free, f.now, f.priority, f.client, f.flow, f.turn, f.fits,
      coalesce(l.id, f.id) AS id,
      ${classOf(Prisma.sql`coalesce(l.since, f.since)`)} AS class,
      coalesce(u.served, 0) AS flow_served, coalesce(c.served, 0) AS client_served
    FROM fitting f
    LEFT JOIN LATERAL (${jobsOfFlow(Prisma.sql`CASE WHEN f.may_start THEN 0 ELSE 1 END`)}) l ON true
    LEFT JOIN catwalk.turn u ON u.lane = f.lane AND u.client = f.client AND u.flow = f.turn
    LEFT JOIN (SELECT lane, client, max(served) AS served FROM catwalk.turn GROUP BY lane, client) c
      ON c.lane = f.lane AND c.client = f.client
    WHERE f.fits > 0 AND (f.may_start OR l.id IS NOT NULL)
      AND coalesce(substring(f.turn FROM 'max ([0-9]+)$')::int, 2147483647) > coalesce(f.least_open, 2147483646)
  ),
  heads AS MATERIALIZED (SELECT * FROM (${inTurn('startable')}) s WHERE place <= free),
  waiting AS (
    SELECT f.lane, f.checked, f.free, f.client, f.turn, f.flow_served, f.client_served, t.id,
      ${classOf(Prisma.sql`t.since`)} AS class
    FROM heads f CROSS JOIN LATERAL (${jobsOfFlow(Prisma.sql`least(f.free - f.place + 1, f.fits)`)}) t
  ),
  line AS MATERIALIZED (
    SELECT lane, checked, place, id, client, turn AS flow FROM (${inTurn('waiting')}) w WHERE place <= free
  )`;
}

const WAITING = Prisma.sql`t.status = 'queued' AND t.carried_at IS NULL`;
/** Since when a job waits for its turn: a deferral does not begin it anew, a person's retry does. */
const SINCE = Prisma.sql`coalesce(t.retried_at, t.created_at)`;

/** Whether a job may start in the lane `on`, its due time aside. */
function mayStart(on: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(t.expires_at IS NULL OR t.expires_at > ${on}.now OR t.submitted_at IS NOT NULL)
    AND (t.max_jobs IS NULL OR t.max_jobs > ${on}.least_open)`;
}

/** The first job in the index of the lane `p`, or the first behind a flow. */
function firstJob(behind: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT t.priority, t.client, t.flow, t.id, ${SINCE} AS since,
      t.due_at <= p.now AND ${mayStart(Prisma.sql`p`)} AS may_start
    FROM catwalk.try_on t WHERE ${WAITING} AND t.lane = p.lane AND t.inputs_checked = p.checked ${behind}
    ORDER BY t.priority, t.client, t.flow, t.id LIMIT 1`;
}

/** The first jobs of the flow `f` that may start. */
function jobsOfFlow(count: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT t.id, ${SINCE} AS since FROM catwalk.try_on t
    WHERE ${WAITING} AND t.lane = f.lane AND t.inputs_checked = f.checked AND t.priority = f.priority
      AND t.client = f.client AND t.flow = f.flow AND t.due_at <= f.now AND ${mayStart(Prisma.sql`f`)}
    ORDER BY t.id LIMIT ${count}`;
}

/** High, normal or low after the waiting. */
function classOf(since: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`greatest(0, f.priority - (${since} <= f.now - interval '1 hour')::int
    - (${since} <= f.now - interval '2 hours')::int)`;
}

/** Numbers the rows of a relation in the order in which they go, as `place` in their lane. */
function inTurn(rows: 'startable' | 'waiting'): Prisma.Sql {
  return Prisma.sql`
    SELECT *, row_number() OVER (PARTITION BY lane ORDER BY class, nth_of_client, client_served, id) AS place
    FROM (
      SELECT *, row_number() OVER (PARTITION BY lane, class, client ORDER BY nth_of_flow, flow_served, id)
        AS nth_of_client
      FROM (
        SELECT *, row_number() OVER (PARTITION BY lane, class, client, turn ORDER BY id) AS nth_of_flow
        FROM ${Prisma.raw(rows)}
      ) flows
    ) clients`;
}
