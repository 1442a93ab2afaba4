import type { Queryable } from './open-database.js';

/** Tells every worker that there is something to pull: a hint that saves them up to a second of waiting. */
export async function notifyWork(db: Queryable): Promise<void> {
  await db.$queryRaw`SELECT pg_notify('catwalk_work', '')::text`;
}
