import type { Database } from './open-database.js';

/**
 * Takes a piece of work that one process does at a time, for `ms` milliseconds by the database's clock.
 *
 * @returns whether it is ours now; false while another process has it
 */
export async function takeLease(db: Database, name: string, ms: number): Promise<boolean> {
  const rows = await db.prisma.$queryRaw<{ name: string }[]>`
    INSERT INTO catwalk.lease AS l (name, until) VALUES (${name}, clock_timestamp() + ${ms} * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE SET until = excluded.until WHERE l.until <= clock_timestamp()
    RETURNING name`;
  return rows.length > 0;
}
