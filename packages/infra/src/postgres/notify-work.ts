import type { Database } from './open-database.js';

/** Tells every worker that there is something to pull: a hint that saves them up to a second of waiting. */
export async function notifyWork(db: Database): Promise<void> {
  await db.prisma.$queryRaw`SELECT pg_notify('catwalk_work', '')::text`;
}
