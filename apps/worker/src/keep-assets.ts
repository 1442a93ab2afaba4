import {
  deleteAssets,
  listRemovedAssets,
  type SweepOptions,
  type SweepPlace,
  sweepAssets,
  takeLease,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/** Assets that expire within a day are looked at, and those in use kept for a week more. */
const SWEEP: SweepOptions = { aheadMs: 86_400_000, keptOnMs: 7 * 86_400_000, limit: 500 };
const LEASE_MS = 300_000;

/**
 * Keeps assets on that open jobs use, and removes those that have expired: from the store first, so that what is left
 * by a crash is found again. One worker at a time.
 *
 * @returns false: another worker did it
 */
export async function keepAssets(
  context: Pick<WorkerContext, 'db' | 'pictures' | 'logger' | 'stopping'>,
  sweep: SweepOptions = SWEEP,
  leaseMs = LEASE_MS,
): Promise<boolean> {
  const { db, pictures, logger, stopping } = context;
  if (!(await takeLease(db, 'assets', leaseMs))) return false;
  let extended = 0;
  let after: SweepPlace | null = null;
  do {
    const swept = await sweepAssets(db, sweep, after);
    extended += swept.extended;
    after = swept.next;
  } while (after !== null && !stopping.aborted);
  let removed = 0;
  while (!stopping.aborted) {
    const assets = await listRemovedAssets(db, sweep.limit);
    if (assets.length === 0) break;
    await pictures.remove(assets.flatMap(({ key }) => key ?? []));
    await deleteAssets(
      db,
      assets.map(({ id }) => id),
    );
    removed += assets.length;
  }
  if (extended + removed > 0) logger.info({ extended, removed }, 'assets.swept');
  return true;
}
