import type { Database } from './open-database.js';

/** Lets the next process take the work already `ms` milliseconds from now: ours came to nothing. */
export async function shortenLease(db: Database, name: string, ms: number): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.lease SET until = clock_timestamp() + ${ms} * interval '1 millisecond' WHERE name = ${name}`;
}

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

/** Notes that these parts are at work, which holds for `ms` milliseconds: then they count as silent. */
export async function noteAlive(
  db: Database,
  parts: readonly ('worker' | 'queue' | 'input-check')[],
  ms: number,
): Promise<void> {
  const names = parts.map((part) => `${part} alive`).sort();
  await db.prisma.$executeRaw`
    INSERT INTO catwalk.lease AS l (name, until)
    SELECT name, clock_timestamp() + ${ms} * interval '1 millisecond' FROM unnest(${names}::text[]) AS n(name)
    ON CONFLICT (name) DO UPDATE SET until = greatest(l.until, excluded.until)`;
}
