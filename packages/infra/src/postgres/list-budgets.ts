import { type Budget, SPENDING_STATES } from '@catwalk/core';
import { Prisma } from './generated/client.js';
import { KEPT } from './keep-plans.js';
import type { Database, Queryable } from './open-database.js';
import { tellEvents } from './tell-events.js';

/**
 * The begin of the UTC day. By the transaction's clock, of which the planner makes an estimate and which is never
 * ahead: a claim that waited over midnight counts yesterday's images too, and so starts too few, not too many.
 */
const TODAY = Prisma.sql`date_trunc('day', now(), 'UTC')`;

/** Whether a daily ceiling `c` held a job back today, or a batch's ever. */
const REACHED = Prisma.sql`c.reached_at >= CASE c.scope WHEN 'batch' THEN '-infinity' ELSE ${TODAY} END`;

/** Attempts `a` whose images count as submitted. */
export const SPENDING = Prisma.sql`a.state = ANY (ARRAY[${Prisma.join([...SPENDING_STATES])}])`;

/** Images of an attempt `a`: those that were billed, where that is known. */
export const SPENT_IMAGES = Prisma.sql`coalesce(a.images_billed, a.image_count)`;

/**
 * Ceilings with what they leave, as a source of rows `scope, name, images, left_images, reached_at`. Each sum reads
 * one range of an index: the attempts of the day per account, of the client's day, or of the batch. Every attempt's
 * account has a row, also when it was removed.
 */
function budgetsOf(which: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT c.scope, c.name, c.images, c.images - s.images AS left_images,
      CASE WHEN ${REACHED} THEN c.reached_at END AS reached_at
    FROM catwalk.ceiling c
    CROSS JOIN LATERAL (SELECT coalesce(sum(images), 0)::int AS images FROM (
      SELECT d.images FROM catwalk.account p CROSS JOIN LATERAL (
        SELECT sum(${SPENT_IMAGES}) AS images FROM catwalk.attempt a
        WHERE a.account = p.email AND a.sent_at >= ${TODAY} AND ${SPENDING}
      ) d WHERE c.scope = 'day'
      UNION ALL
      SELECT sum(${SPENT_IMAGES}) FROM catwalk.attempt a
      WHERE c.scope = 'client' AND a.client = c.name AND a.sent_at >= ${TODAY} AND ${SPENDING}
      UNION ALL
      SELECT sum(${SPENT_IMAGES}) FROM catwalk.attempt a
      WHERE c.scope = 'batch' AND a.batch_id = c.name AND ${SPENDING}
    ) sums) s
    WHERE ${which}`;
}

/**
 * The ceilings that hold jobs back, with what they left when one last did or they were counted again. Of others
 * nothing is known and nothing counted: that one is reached is found by the claim that reaches it.
 */
export function reachedBudgets(): Prisma.Sql {
  return Prisma.sql`
    SELECT c.scope, c.name, c.images, coalesce(c.left_images, 0) AS left_images, c.reached_at
    FROM catwalk.ceiling c WHERE ${REACHED}`;
}

/** The same, read. */
export async function listBudgets(db: Queryable): Promise<Budget[]> {
  return readBudgets(db, reachedBudgets());
}

/** Counts again what the ceilings that hold jobs back leave: submits that proved not to have arrived gave back. */
export async function recountBudgets(db: Database): Promise<void> {
  await db.prisma.$executeRaw`
    WITH counted AS MATERIALIZED (${budgetsOf(REACHED)})
    UPDATE catwalk.ceiling c SET left_images = n.left_images FROM (
      SELECT l.scope, l.name, b.left_images FROM catwalk.ceiling l
      JOIN counted b ON b.scope = l.scope AND b.name = l.name AND b.left_images IS DISTINCT FROM l.left_images
      ORDER BY l.scope, l.name FOR NO KEY UPDATE OF l
    ) n WHERE c.scope = n.scope AND c.name = n.name`;
}

/**
 * Locks the ceilings of some jobs until the end of the transaction, and counts what they leave: by one claim at a
 * time, so that no number of workers passes them. Locks nothing, and costs one small read, where there is none.
 */
export async function lockBudgets(tx: Queryable, jobIds: readonly string[]): Promise<Budget[]> {
  const locked = await tx.$queryRaw<{ scope: string; name: string }[]>`${KEPT}
    SELECT c.scope, c.name FROM catwalk.ceiling c
    WHERE c.scope = 'day'
      OR (c.scope = 'client' AND c.name = ANY (ARRAY(
        SELECT t.client FROM catwalk.try_on t WHERE t.id = ANY(${jobIds}::text[]))))
      OR (c.scope = 'batch' AND c.name = ANY (ARRAY(
        SELECT t.batch_id FROM catwalk.try_on t WHERE t.id = ANY(${jobIds}::text[]))))
    ORDER BY c.scope, c.name FOR NO KEY UPDATE OF c`;
  if (locked.length === 0) return [];
  const scopes = locked.map((row) => row.scope);
  const names = locked.map((row) => row.name);
  // A statement of its own: it sees what others have committed while the locks were waited for.
  const these = Prisma.sql`(c.scope, c.name) IN (SELECT * FROM unnest(${scopes}::text[], ${names}::text[]))`;
  return readBudgets(tx, budgetsOf(these));
}

function readBudgets(db: Queryable, source: Prisma.Sql): Promise<Budget[]> {
  return db.$queryRaw<Budget[]>`${KEPT}
    SELECT scope, name, images AS "limitImages", left_images AS "leftImages", reached_at AS "reachedAt"
    FROM (${source}) budgets ORDER BY scope, name`;
}

/**
 * Notes that locked ceilings hold jobs back now, and what they leave.
 *
 * @returns those that did not before, in this day where they are daily
 */
export async function noteReached(tx: Queryable, budgets: readonly Budget[]): Promise<Budget[]> {
  if (budgets.length === 0) return [];
  const scopes = budgets.map((budget) => budget.scope);
  const names = budgets.map((budget) => budget.name);
  const left = budgets.map((budget) => budget.leftImages);
  await tx.$executeRaw`
    UPDATE catwalk.ceiling c SET left_images = w.left_images,
      -- Of the day that was counted, also where the claim waited over midnight.
      reached_at = CASE WHEN ${REACHED} THEN c.reached_at ELSE now() END
    FROM unnest(${scopes}::text[], ${names}::text[], ${left}::int[]) AS w(scope, name, left_images)
    WHERE c.scope = w.scope AND c.name = w.name`;
  const reached = budgets.filter((budget) => budget.reachedAt === null);
  await tellReached(tx, reached);
  return reached;
}

/** Who is held back is told: the client, the batch's client, or by a ceiling of all the operator. */
async function tellReached(tx: Queryable, budgets: readonly Budget[]): Promise<void> {
  if (budgets.length === 0) return;
  const batchIds = budgets.filter(({ scope }) => scope === 'batch').map(({ name }) => name);
  const batches = await tx.$queryRaw<{ id: string; client: string }[]>`
    SELECT id, client FROM catwalk.batch WHERE id = ANY (${batchIds}::text[])`;
  const clientOf = new Map(batches.map(({ id, client }) => [id, client]));
  await tellEvents(
    tx,
    budgets.map(({ scope, name, limitImages }) => ({
      type: 'budget.reached',
      client: scope === 'client' ? name : (clientOf.get(name) ?? null),
      ...(scope === 'batch' && { batchId: name }),
      actor: 'worker',
      data: { scope, limitImages },
    })),
  );
}
