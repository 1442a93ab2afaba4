import type { Queryable } from './open-database.js';

/** What a notification says: jobs were put into lanes. Without it, anything may have changed. */
export const CARRIED = 'carried';

/** Tells every worker that there is something to pull: a hint that saves them up to a second of waiting. */
export async function notifyWork(db: Queryable, what: typeof CARRIED | '' = ''): Promise<void> {
  await db.$queryRaw`SELECT pg_notify('catwalk_work', ${what})::text`;
}
