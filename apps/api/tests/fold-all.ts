import { type Database, foldBatches } from '@catwalk/infra/postgres';

/** Counts all that ended of batches, as the worker does. */
export async function foldAll(database: Database): Promise<void> {
  while ((await foldBatches(database))?.hasMore);
}
