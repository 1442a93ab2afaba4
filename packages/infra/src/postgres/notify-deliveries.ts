import type { Queryable } from './open-database.js';

/** The channel on which workers hear that something is to be delivered that no new event brought about. */
const DELIVERIES_CHANNEL = 'catwalk_deliveries';

/** Saves up to a second of waiting. */
export async function notifyDeliveries(db: Queryable): Promise<void> {
  await db.$queryRaw`SELECT pg_notify(${DELIVERIES_CHANNEL}, '')::text`;
}
