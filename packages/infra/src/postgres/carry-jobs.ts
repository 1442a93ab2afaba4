import { Prisma } from './generated/client.js';
import { CHECK_IS_ON } from './input-checks.js';
import { KEPT } from './keep-plans.js';
import { lineUp } from './line-up.js';
import { reachedBudgets } from './list-budgets.js';
import { slotsOf } from './list-slots.js';
import type { Database, Queryable } from './open-database.js';

/** A job that was decided to go into its lane; `<id>-<carry>` is never used twice. */
export interface CarriedJob {
  readonly id: string;
  readonly carry: number;
  readonly lane: string;
}

/** The lane of jobs that any account may take. */
export const UNPINNED_LANE = '*';

const CARRY_LOCK = 4_310_431_144;

/** The lanes there are, as a relation `lane (lane, slots, least_open)`. To follow WITH RECURSIVE. */
export const LANES = Prisma.sql`slots AS MATERIALIZED (${slotsOf(null)}),
    -- The fewest attempts that are open on an account that could take a job of the lane: a job with maxJobs
    -- may start there first, or nowhere.
    lane AS (
      SELECT email AS lane, open + free AS slots, open AS least_open FROM slots
      UNION ALL
      SELECT '*', sum(open + free), min(open) FILTER (WHERE free > 0) FROM slots HAVING count(*) > 0
    )`;

/**
 * Decides which jobs go into their lanes now: those that may start, in the order of `line-up.ts`, until each
 * lane holds as many as its accounts have slots that work (at least 10). That is enough to keep these full,
 * and what comes later and goes first waits for no more than that. One process at a time; the others leave it
 * to that one.
 */
export async function carryJobs(db: Database): Promise<CarriedJob[]> {
  return db.prisma.$transaction(async (tx) => {
    // Compiling a plan for speed takes longer than all of it, and a long backlog looks to Postgres as if it paid.
    const lock = await tx.$queryRaw<{ ok: boolean }[]>`${KEPT}
      SELECT pg_try_advisory_xact_lock(${CARRY_LOCK}) AS ok, set_config('jit', 'off', true)`;
    return lock[0]?.ok === true ? topUp(tx) : [];
  });
}

function topUp(tx: Queryable): Promise<CarriedJob[]> {
  return tx.$queryRaw<CarriedJob[]>`${KEPT}
    WITH RECURSIVE ${LANES},
    room AS MATERIALIZED (
      SELECT l.lane, c.checked, l.least_open, clock_timestamp() AS now, greatest(10, l.slots) - (SELECT count(*) FROM catwalk.try_on t
        WHERE t.status = 'queued' AND t.carried_at IS NOT NULL AND t.lane = l.lane) AS free
      FROM lane l JOIN (VALUES (true), (false)) c(checked) ON c.checked OR NOT ${CHECK_IS_ON}
    ),
    budget AS MATERIALIZED (${reachedBudgets()}),
    ${lineUp()},
    locked AS MATERIALIZED (
      SELECT t.id FROM catwalk.try_on t
      -- An array, since a join with a guessed number of rows would read the whole table through.
      WHERE t.id = ANY (ARRAY(SELECT id FROM line)) AND t.status = 'queued' AND t.carried_at IS NULL
      ORDER BY t.id FOR NO KEY UPDATE SKIP LOCKED
    ),
    carried AS (
      UPDATE catwalk.try_on t SET carry = t.carry + 1, carried_at = clock_timestamp()
      WHERE t.id = ANY (ARRAY(SELECT id FROM locked))
      RETURNING t.id, t.carry
    ),
    placed AS (SELECT l.*, c.carry FROM line l JOIN carried c ON c.id = l.id),
    served AS (
      INSERT INTO catwalk.turn (lane, client, flow)
      SELECT lane, client, flow FROM placed GROUP BY lane, client, flow ORDER BY max(place)
      ON CONFLICT (lane, client, flow) DO UPDATE SET served = excluded.served
    )
    SELECT id, carry, lane FROM placed ORDER BY lane, place`;
}

/**
 * Carries again, under new ids, what a lane has lost. A lane gives its jobs in the order they were added: what
 * was carried `lostAfterMs` before a job that was just pulled from it, or before now if a free slot pulled
 * nothing, should have come by. What was carried later may still be on its way.
 *
 * @param pulledCarriedAt when the pulled job was carried; null: nothing was pulled
 */
export async function carryLostAgain(
  db: Database,
  lane: string,
  lostAfterMs: number,
  pulledCarriedAt: Date | null = null,
): Promise<CarriedJob[]> {
  return db.prisma.$queryRaw<CarriedJob[]>`
    WITH lost AS MATERIALIZED (
      SELECT id FROM catwalk.try_on
      WHERE status = 'queued' AND carried_at IS NOT NULL AND lane = ${lane}
        AND carried_at < coalesce(${pulledCarriedAt}::timestamptz, clock_timestamp())
          - ${lostAfterMs} * interval '1 millisecond'
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ),
    carried AS (
      UPDATE catwalk.try_on t SET carry = t.carry + 1, carried_at = clock_timestamp()
      FROM lost WHERE t.id = lost.id
      RETURNING t.id, t.carry, t.lane, t.priority
    )
    SELECT id, carry, lane FROM carried ORDER BY priority, id`;
}

/** Takes jobs out of their lanes that were pulled but could not start: they are carried again in their order. */
export async function putBack(db: Database, ids: readonly string[]): Promise<void> {
  await db.prisma.$executeRaw`${KEPT}
    UPDATE catwalk.try_on SET carried_at = NULL WHERE id IN (
      SELECT id FROM catwalk.try_on WHERE id = ANY(${ids}::text[]) AND status = 'queued' AND carried_at IS NOT NULL
      ORDER BY id FOR NO KEY UPDATE)`;
}

/** The lanes that should hold jobs now, and when the oldest of each was carried. */
export async function carriedLanes(db: Database): Promise<ReadonlyMap<string, Date>> {
  const rows = await db.prisma.$queryRaw<{ lane: string; oldest: Date }[]>`${KEPT}
    SELECT lane, min(carried_at) AS oldest FROM catwalk.try_on
    WHERE status = 'queued' AND carried_at IS NOT NULL GROUP BY lane`;
  return new Map(rows.map((row) => [row.lane, row.oldest]));
}
