import { dropOld, hasMoreToDrop, shortenLease, takeLease } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

const LEASE = 'retention';
/** Longer than a round takes as a rule; two that drop at once only find less to do. */
const LEASE_MS = 120_000;
const CHUNKS_OF_ROUND = 50;

/** Drops what has been over for too long, in chunks, one worker at a time. */
export async function dropOverdue(context: WorkerContext, days: number): Promise<false | undefined> {
  const { db, logger, stopping } = context;
  if (!(await takeLease(db, LEASE, LEASE_MS))) return false;
  try {
    for (let chunk = 0; chunk < CHUNKS_OF_ROUND && !stopping.aborted; chunk += 1) {
      const dropped = await dropOld(db, days);
      if (Object.values(dropped).some((count) => count > 0))
        logger.info({ ...dropped, days }, 'retention.dropped');
      if (!hasMoreToDrop(dropped)) return undefined;
    }
    return undefined;
  } finally {
    await shortenLease(db, LEASE, 0);
  }
}
