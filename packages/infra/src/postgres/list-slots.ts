import { Prisma } from './generated/client.js';
import { PAUSE_LOCK, PAUSED_BY_PERSON } from './keep-pauses.js';
import { KEPT } from './keep-plans.js';
import type { Queryable } from './open-database.js';

/** An account as the worker sees it: how many jobs it may start now. */
export interface AccountSlots {
  readonly email: string;
  readonly maxJobs: number;
  readonly open: number;
  /** May start now; at most one while an account or the provider is being probed. */
  readonly free: number;
}

/** For accounts `a`: `n.open` and `n.sending`, its attempts that hold slots and those that are on the wire. */
export const OPEN_OF_ACCOUNT = Prisma.sql`CROSS JOIN LATERAL (
    SELECT count(*)::int AS open, count(*) FILTER (WHERE s.state = 'sending') AS sending
    FROM catwalk.attempt s
    WHERE s.account = a.email AND s.state = ANY (ARRAY['sending', 'accepted', 'unknown'])
  ) n`;

/**
 * The room of an account `a`: its limit minus our open attempts, minus the provider's tasks that are not ours
 * as long as that is fresh, minus what 429s took off.
 */
export const ROOM_OF_ACCOUNT = Prisma.sql`greatest(0, a.max_jobs - n.open
  - CASE WHEN a.foreign_until > clock_timestamp() THEN a.foreign_open ELSE 0 END
  - CASE WHEN a.shrunk_until > clock_timestamp() THEN a.shrunk_by ELSE 0 END)`;

/**
 * The slots of one account, of some, or of all configured ones. Free is its room; none while it rests or is
 * paused; one, as a probe, once its pause by a fault or the provider's is over.
 */
export async function listSlots(
  db: Queryable,
  emails: string | readonly string[] | null = null,
): Promise<AccountSlots[]> {
  const some = typeof emails === 'string' ? [emails] : emails;
  return db.$queryRaw<AccountSlots[]>`${KEPT}
    SELECT email, max_jobs AS "maxJobs", open, free FROM (${slotsOf(some)}) slots ORDER BY email`;
}

/** The same as a source of rows `email, max_jobs, open, free`, for other statements. */
export function slotsOf(emails: readonly string[] | null): Prisma.Sql {
  return Prisma.sql`
    SELECT email, max_jobs, open, (CASE
      WHEN paused_by_person THEN 0
      WHEN rest_until > clock_timestamp() THEN 0
      WHEN down_until > clock_timestamp() THEN 0
      WHEN state = 'paused' AND (paused_until IS NULL OR paused_until > clock_timestamp()) THEN 0
      WHEN down_since IS NOT NULL THEN least(room, greatest(0, 1 - sending_anywhere))
      WHEN state = 'paused' THEN least(room, greatest(0, 1 - sending))
      ELSE room END)::int AS free
    FROM (
      SELECT a.*, n.open, n.sending, p.down_since, p.down_until,
        CASE WHEN p.down_since IS NULL THEN 0 ELSE (SELECT count(*) FROM catwalk.attempt s
          WHERE s.state = 'sending') END AS sending_anywhere,
        ${ROOM_OF_ACCOUNT} AS room, ${PAUSED_BY_PERSON} AS paused_by_person
      FROM catwalk.account a
      LEFT JOIN catwalk.provider p ON p.down_since IS NOT NULL
      ${OPEN_OF_ACCOUNT}
      WHERE a.configured AND (${emails}::text[] IS NULL OR a.email = ANY(${emails}::text[]))
    ) counted`;
}

/**
 * Locks accounts' rows for a claim, in their order, so that their open attempts are counted by one process at a
 * time. A pause by a person waits until the claim is committed, or is seen by what the claim reads next.
 */
export async function lockAccounts(tx: Queryable, emails: readonly string[]): Promise<void> {
  // From left to right, and so in the order in which everybody takes them.
  await tx.$queryRaw`${KEPT}SELECT pg_advisory_xact_lock_shared(${PAUSE_LOCK})::text,
    ARRAY(SELECT id FROM catwalk.provider WHERE down_since IS NOT NULL FOR NO KEY UPDATE),
    ARRAY(SELECT email FROM catwalk.account WHERE email = ANY(${emails}::text[])
      ORDER BY email FOR NO KEY UPDATE)`;
}
