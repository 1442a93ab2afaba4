import type { Database } from './open-database.js';

/** A job, and the attempt where there is one, that is due to be moved on by the clock. */
export interface Overdue {
  readonly jobId: string;
  readonly attemptId: string;
}

/** Attempts whose sender has been silent for longer than any submit may take: it died, or its answer did. */
export function findSilentSends(db: Database, olderThanMs: number, limit: number): Promise<Overdue[]> {
  return db.prisma.$queryRaw<Overdue[]>`
    SELECT try_on_id AS "jobId", id AS "attemptId" FROM catwalk.attempt
    WHERE state = 'sending' AND state = ANY (ARRAY['sending'::text, 'accepted'::text, 'unknown'::text])
      AND sent_at < clock_timestamp() - ${olderThanMs} * interval '1 millisecond'
    ORDER BY id LIMIT ${limit}`;
}

/** Open attempts whose deadline passed `graceMs` ago, though the provider could not be asked about them. */
export function findUnaskable(db: Database, graceMs: number, limit: number): Promise<Overdue[]> {
  return db.prisma.$queryRaw<Overdue[]>`
    SELECT try_on_id AS "jobId", id AS "attemptId" FROM catwalk.attempt
    WHERE state IN ('accepted', 'unknown') AND state = ANY (ARRAY['sending'::text, 'accepted'::text, 'unknown'::text])
      AND deadline_at < clock_timestamp() - ${graceMs} * interval '1 millisecond'
    ORDER BY id LIMIT ${limit}`;
}

/** Queued jobs that were not submitted before their `expiresAt`; one that is being retried was. */
export async function findExpired(db: Database, limit: number): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM catwalk.try_on
    WHERE status = 'queued' AND expires_at IS NOT NULL AND expires_at <= clock_timestamp()
      AND submitted_at IS NULL
    ORDER BY expires_at LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** Queued jobs pinned to an account that was removed; one that merely is missing for a while may come back. */
export async function findPinnedToRemoved(db: Database, limit: number): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT t.id FROM catwalk.account a JOIN catwalk.try_on t ON t.lane = a.email AND t.status = 'queued'
    WHERE a.removed AND NOT a.configured
    ORDER BY t.id LIMIT ${limit}`;
  return rows.map((row) => row.id);
}

/** Callbacks for attempts of another database are kept for seven days. */
export async function dropOldOrphans(db: Database): Promise<number> {
  return db.prisma.$executeRaw`
    DELETE FROM catwalk.callback WHERE id IN (SELECT id FROM catwalk.callback
      WHERE decision = 'orphan' AND received_at < clock_timestamp() - interval '7 days' LIMIT 1000)`;
}
