import type { CarriedJob } from './carry-jobs.js';
import { Prisma } from './generated/client.js';
import { roomOf } from './insert-deliveries.js';
import { KEPT } from './keep-plans.js';
import type { Database } from './open-database.js';

/** The lane of all deliveries; no account's email. */
export const DELIVERIES_LANE = 'deliveries';

const CARRY_LOCK = 4_310_431_148;

export interface CarriedDeliveries {
  readonly jobs: readonly CarriedJob[];
  /** Another process was at it: what it did not see is to be carried by the next round. */
  readonly taken: boolean;
  /** A target has more that is due than may be in flight. */
  readonly full: boolean;
}

/**
 * Decides which deliveries go into the lane now: of each target those that are due longest, until so many of it are
 * in flight as may be. So one that answers slowly holds up its own alone. One process at a time; two that miss each
 * other by a moment can only put a few more in flight, since each row is locked and looked at again.
 */
export async function carryDeliveries(db: Database): Promise<CarriedDeliveries> {
  const [row] = await db.prisma.$queryRaw<
    { ok: boolean; full: boolean; jobs: { id: string; carry: number }[] }[]
  >`${KEPT}
    WITH RECURSIVE lock AS MATERIALIZED (
      SELECT pg_try_advisory_xact_lock(${CARRY_LOCK}) AS ok, clock_timestamp() AS now
    ),
    target AS (
      (SELECT d.target FROM catwalk.delivery d CROSS JOIN lock
        WHERE lock.ok AND d.state = 'pending' AND d.carried_at IS NULL ORDER BY d.target LIMIT 1)
      UNION ALL
      SELECT (SELECT d.target FROM catwalk.delivery d
        WHERE d.state = 'pending' AND d.carried_at IS NULL AND d.target > t.target ORDER BY d.target LIMIT 1)
      FROM target t WHERE t.target IS NOT NULL
    ),
    room AS MATERIALIZED (
      SELECT t.target, ${roomOf(Prisma.sql`t.target`)} AS free
      FROM target t LEFT JOIN catwalk.webhook_endpoint e ON e.id = t.target
      WHERE t.target IS NOT NULL AND e.state IS DISTINCT FROM 'disabled'
    ),
    line AS MATERIALIZED (
      SELECT r.target, r.free, due.id, due.due_at FROM room r CROSS JOIN LATERAL (
        SELECT d.id, d.due_at FROM catwalk.delivery d
        WHERE d.target = r.target AND d.state = 'pending' AND d.carried_at IS NULL AND d.due_at <= (SELECT now FROM lock)
        ORDER BY d.due_at, d.id LIMIT r.free
      ) due
    ),
    locked AS MATERIALIZED (
      SELECT d.id FROM catwalk.delivery d
      WHERE d.id = ANY (ARRAY(SELECT id FROM line)) AND d.state = 'pending' AND d.carried_at IS NULL
      ORDER BY d.id FOR NO KEY UPDATE SKIP LOCKED
    ),
    carried AS (
      UPDATE catwalk.delivery d SET carry = d.carry + 1, carried_at = clock_timestamp()
      WHERE d.id = ANY (ARRAY(SELECT id FROM locked))
      RETURNING d.id, d.carry, d.due_at
    )
    SELECT l.ok,
      coalesce((SELECT json_agg(json_build_object('id', id, 'carry', carry) ORDER BY due_at, id) FROM carried), '[]') AS jobs,
      EXISTS (SELECT FROM room r WHERE r.free <= (SELECT count(*) FROM line WHERE line.target = r.target)) AS full
    FROM lock l`;
  const { ok = false, full = false, jobs = [] } = row ?? {};
  return { jobs: jobs.map(inDeliveriesLane), taken: !ok, full };
}

/** What the lane should hold: how many, and how long the oldest has been in it, in milliseconds. */
export async function countCarriedDeliveries(
  db: Database,
): Promise<{ readonly count: number; readonly oldestMs: number }> {
  const [row] = await db.prisma.$queryRaw<{ count: number; oldestMs: number }[]>`
    SELECT count(*)::int AS count,
      coalesce(extract(epoch FROM clock_timestamp() - min(carried_at)) * 1000, 0)::float8 AS "oldestMs"
    FROM catwalk.delivery WHERE state = 'pending' AND carried_at IS NOT NULL AND sending_until IS NULL`;
  return row ?? { count: 0, oldestMs: 0 };
}

/** Carries again, under new ids, what was carried before `lostAfterMs` and is not in the lane. */
export async function carryLostDeliveries(db: Database, lostAfterMs: number): Promise<CarriedJob[]> {
  const jobs = await db.prisma.$queryRaw<{ id: string; carry: number }[]>`
    WITH lost AS MATERIALIZED (
      SELECT id FROM catwalk.delivery
      WHERE state = 'pending' AND carried_at < clock_timestamp() - ${lostAfterMs} * interval '1 millisecond'
        AND sending_until IS NULL
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE catwalk.delivery d SET carry = d.carry + 1, carried_at = clock_timestamp()
    FROM lost WHERE d.id = lost.id RETURNING d.id, d.carry`;
  return jobs.map(inDeliveriesLane);
}

/**
 * Lets what a worker was sending when it died be carried again: its receiver may get it twice, with the same
 * `webhook-id`.
 *
 * @returns how many there were
 */
export async function releaseDeliveries(db: Database): Promise<number> {
  return db.prisma.$executeRaw`
    UPDATE catwalk.delivery SET sending_until = NULL, carried_at = NULL, due_at = clock_timestamp() WHERE id IN (
      SELECT id FROM catwalk.delivery WHERE state = 'pending' AND carried_at IS NOT NULL AND sending_until < clock_timestamp()
      ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)`;
}

/** A delivery as it goes into the lane. */
export function inDeliveriesLane({ id, carry }: { readonly id: string; readonly carry: number }): CarriedJob {
  return { id, carry, lane: DELIVERIES_LANE };
}
