import type { Database } from './open-database.js';

/** Notes what the provider says is left to spend on each account, in its own points; null: it does not say. */
export async function keepCredits(db: Database, credits: ReadonlyMap<string, number | null>): Promise<void> {
  const emails = [...credits.keys()].sort();
  const left = emails.map((email) => credits.get(email) ?? null);
  await db.prisma.$executeRaw`
    UPDATE catwalk.account a SET credits = w.credits
    FROM (
      SELECT b.email, w.credits FROM catwalk.account b
      JOIN unnest(${emails}::text[], ${left}::float8[]) AS w(email, credits) ON w.email = b.email
      ORDER BY b.email FOR NO KEY UPDATE OF b
    ) w
    WHERE a.email = w.email`;
}
