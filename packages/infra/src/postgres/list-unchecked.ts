import { LANES } from './carry-jobs.js';
import { lineUp } from './line-up.js';
import { reachedBudgets } from './list-budgets.js';
import type { Database } from './open-database.js';

/** A job whose input images are to be looked at before it may take a slot. */
export interface UncheckedJob {
  readonly id: string;
  readonly humanImage: string;
  readonly dressInput: string | null;
  readonly upperInput: string | null;
  readonly lowerInput: string | null;
  /** When a person last asked for it again: what was bad before may be mended. */
  readonly retriedAt: Date | null;
}

/**
 * The jobs that come next and whose inputs nobody has checked, in their order: of each lane those among the
 * first places behind what it holds, four for each slot and at least 100. That is some way ahead of the carry,
 * and no further: what is looked at long before its turn may be gone by then.
 */
export async function listUnchecked(db: Database): Promise<UncheckedJob[]> {
  return db.prisma.$transaction(async (tx) => {
    // As for the carry: compiling the plan takes longer than all of it.
    await tx.$queryRaw`SELECT set_config('jit', 'off', true)`;
    return tx.$queryRaw<UncheckedJob[]>`
      WITH RECURSIVE ${LANES},
      room AS MATERIALIZED (
        SELECT l.lane, c.checked, l.least_open, clock_timestamp() AS now, greatest(100, 4 * l.slots) AS free
        FROM lane l CROSS JOIN (VALUES (true), (false)) c(checked)
      ),
      budget AS MATERIALIZED (${reachedBudgets()}),
      ${lineUp()}
      SELECT t.id, t.human_image AS "humanImage", t.dress_input AS "dressInput", t.upper_input AS "upperInput",
        t.lower_input AS "lowerInput", t.retried_at AS "retriedAt"
      FROM catwalk.try_on t JOIN line n ON n.id = t.id
      WHERE t.id = ANY (ARRAY(SELECT id FROM line WHERE NOT checked)) ORDER BY n.place, t.id`;
  });
}
