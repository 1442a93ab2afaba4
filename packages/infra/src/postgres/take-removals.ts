import type { Database } from './open-database.js';

const LEASE_MS = 60_000;
/** A store that is away is asked again after a second, then ever more rarely, an hour apart at most. */
const REST_MAX_SECONDS = 3_600;

/**
 * Removes from the store what nothing refers to any more.
 *
 * @param remove from the store; what it rejects for is tried again later
 * @returns how many were removed
 */
export async function takeRemovals(
  db: Database,
  limit: number,
  remove: (keys: readonly string[]) => Promise<void>,
): Promise<number> {
  const rows = await db.prisma.$queryRaw<{ key: string }[]>`
    UPDATE catwalk.picture_removal SET tries = tries + 1,
      due_at = clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'
    WHERE key = ANY (ARRAY(SELECT key FROM catwalk.picture_removal WHERE due_at <= clock_timestamp()
      ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED))
    RETURNING key`;
  const keys = rows.map((row) => row.key);
  if (keys.length === 0) return 0;
  try {
    await remove(keys);
  } catch (error) {
    await db.prisma.$executeRaw`
      UPDATE catwalk.picture_removal
      SET due_at = clock_timestamp() + least(2 ^ least(tries, 12), ${REST_MAX_SECONDS}) * interval '1 second'
      WHERE key = ANY (${keys}::text[])`;
    throw error;
  }
  await db.prisma.$executeRaw`DELETE FROM catwalk.picture_removal WHERE key = ANY (${keys}::text[])`;
  return keys.length;
}

/** Notes what was put into the store although nothing refers to it any more. */
export async function noteRemovals(db: Database, keys: readonly string[]): Promise<void> {
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.picture_removal (key, due_at) SELECT key, clock_timestamp() FROM unnest(${keys}::text[]) AS key
    ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at`;
}
