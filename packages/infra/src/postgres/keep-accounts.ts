import { Prisma } from './generated/client.js';
import { KEPT } from './keep-plans.js';
import type { Database, Queryable } from './open-database.js';
import { EVENTS_CHANNEL } from './tell-events.js';

/** Limits of the accounts that may be used, by email. */
export type AccountLimits = ReadonlyMap<string, number>;

/** Whose word on accounts and limits counts: that of the worker that started last. */
const SOURCE_KEY = 'accounts_from';

/**
 * Writes the accounts of the settings with their limits; all others are removed. From now on no list of the
 * provider changes them, whichever worker asks for one.
 */
export async function keepAccounts(db: Database, limits: AccountLimits): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    await keepSource(tx, 'settings');
    await writeAccounts(tx, limits, 0);
  });
}

/** From now on the accounts are those that the provider lists: see {@link keepListedAccounts}. */
export async function followListedAccounts(db: Database): Promise<void> {
  await keepSource(db.prisma, 'provider');
}

/**
 * Writes the accounts that the provider lists, unless a worker with settings of its own started since. One
 * that is left out is not used; only when lists have left it out for `removedAfterMs` is it removed.
 */
export async function keepListedAccounts(
  db: Database,
  limits: AccountLimits,
  removedAfterMs: number,
): Promise<void> {
  await db.prisma.$transaction(async (tx) => {
    const rows = await tx.$queryRaw<{ value: string }[]>`
      SELECT value FROM catwalk.setting WHERE key = ${SOURCE_KEY} FOR NO KEY UPDATE`;
    if (rows[0]?.value === 'provider') await writeAccounts(tx, limits, removedAfterMs);
  });
}

async function keepSource(tx: Queryable, source: 'settings' | 'provider'): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO catwalk.setting (key, value) VALUES (${SOURCE_KEY}, ${source})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
}

async function writeAccounts(tx: Queryable, limits: AccountLimits, removedAfterMs: number): Promise<void> {
  const emails = [...limits.keys()].sort();
  const maxJobs = emails.map((email) => limits.get(email) ?? 1);
  await tx.$executeRaw`
    WITH wanted AS (SELECT * FROM unnest(${emails}::text[], ${maxJobs}::int[]) AS w(email, max_jobs)),
    locked AS MATERIALIZED (SELECT email FROM catwalk.account ORDER BY email FOR NO KEY UPDATE),
    gone AS (
      UPDATE catwalk.account a SET configured = false, missing_since = coalesce(a.missing_since, n.now),
        removed = coalesce(a.missing_since, n.now) <= n.now - ${removedAfterMs} * interval '1 millisecond',
        updated_at = n.now
      FROM locked l, (SELECT clock_timestamp() AS now) n
      WHERE l.email = a.email AND NOT a.removed AND a.email <> ALL(${emails}::text[])
    ),
    woken AS (SELECT pg_notify('catwalk_work', '') WHERE EXISTS (SELECT FROM wanted))
    INSERT INTO catwalk.account AS a (email, max_jobs)
    SELECT w.email, w.max_jobs FROM wanted w WHERE (SELECT count(*) FROM locked) >= 0
      AND (SELECT count(*) FROM woken) >= 0 ORDER BY w.email
    ON CONFLICT (email) DO UPDATE SET max_jobs = excluded.max_jobs, configured = true, missing_since = NULL,
      removed = false, updated_at = clock_timestamp()`;
}

/**
 * A 429: the account rests. Two in a row with nothing accepted between shrink its limit by one for ten
 * minutes; those that arrive while it already rests are one with the first.
 */
export async function restAccount(db: Database, email: string, restMs: number): Promise<void> {
  await db.prisma.$executeRaw`
    WITH now AS (SELECT clock_timestamp() AS now),
    was AS (
      SELECT a.email, n.now, coalesce(a.rest_until > n.now, false) AS resting,
        CASE WHEN a.shrunk_until > n.now THEN a.shrunk_by ELSE 0 END AS shrunk
      FROM catwalk.account a, now n WHERE a.email = ${email} FOR NO KEY UPDATE OF a
    )
    UPDATE catwalk.account a SET
      rest_until = greatest(a.rest_until, w.now + ${restMs} * interval '1 millisecond'),
      busy_streak = a.busy_streak + CASE WHEN w.resting THEN 0 ELSE 1 END,
      shrunk_by = CASE WHEN w.resting OR a.busy_streak = 0 THEN w.shrunk ELSE least(a.max_jobs - 1, w.shrunk + 1) END,
      shrunk_until = CASE WHEN w.resting OR a.busy_streak = 0 THEN a.shrunk_until
        ELSE w.now + interval '10 minutes' END,
      updated_at = w.now
    FROM was w WHERE a.email = w.email`;
}

/**
 * Pauses an account at fault and tells how often in a row it was; `restMs` is computed from that count by the
 * caller's schedule. An account whose pause has not ended yet is not counted again: one probe, one count.
 */
export async function pauseAccount(
  db: Database,
  email: string,
  reason: string,
  restMs: (failures: number) => number,
): Promise<void> {
  const rows = await db.prisma.$queryRaw<{ failures: number }[]>`
    WITH was AS (
      SELECT email, state FROM catwalk.account
      WHERE email = ${email} AND (state = 'active' OR paused_until <= clock_timestamp()) FOR NO KEY UPDATE
    ),
    paused AS (
      UPDATE catwalk.account a SET state = 'paused', paused_reason = ${reason}, failures = a.failures + 1,
        last_error = ${reason}, last_error_at = clock_timestamp(),
        paused_since = CASE WHEN w.state = 'paused' THEN a.paused_since ELSE clock_timestamp() END,
        paused_until = clock_timestamp() + interval '1 hour', updated_at = clock_timestamp()
      FROM was w WHERE a.email = w.email RETURNING a.failures, w.state
    ),
    -- A pause that goes on is told once.
    told AS (
      INSERT INTO catwalk.event_outbox (type, account, actor, data, at)
      SELECT 'account.paused', ${email}, 'provider', jsonb_build_object('by', 'fault', 'reason', ${reason}::text),
        clock_timestamp()
      FROM paused WHERE state <> 'paused' RETURNING id
    ),
    woken AS (SELECT pg_notify(${EVENTS_CHANNEL}, '') WHERE EXISTS (SELECT FROM told))
    SELECT failures, (SELECT count(*) FROM woken) AS woken FROM paused`;
  await setPause(db, email, rows[0]?.failures, restMs);
}

/** A paused account whose probe was not answered rests once more, longer as after any probe that failed. */
export async function prolongPause(
  db: Database,
  email: string,
  restMs: (failures: number) => number,
): Promise<void> {
  const rows = await db.prisma.$queryRaw<{ failures: number }[]>`
    UPDATE catwalk.account SET failures = failures + 1, paused_until = clock_timestamp() + interval '1 hour',
      updated_at = clock_timestamp()
    WHERE email = ${email} AND state = 'paused' AND paused_until <= clock_timestamp() RETURNING failures`;
  await setPause(db, email, rows[0]?.failures, restMs);
}

async function setPause(
  db: Database,
  email: string,
  failures: number | undefined,
  restMs: (failures: number) => number,
): Promise<void> {
  if (failures === undefined) return;
  await db.prisma.$executeRaw`
    UPDATE catwalk.account SET paused_until = clock_timestamp() + ${restMs(failures)} * interval '1 millisecond'
    WHERE email = ${email} AND state = 'paused'`;
}

/** That something is held against an account. */
export const IS_ACCOUNT_AT_FAULT = Prisma.sql`(state = 'paused' OR failures > 0 OR busy_streak > 0)`;

/** The provider answered for these accounts like working ones: they are active, and their 429s do not add up. */
export async function resumeAccounts(db: Database, emails: readonly string[]): Promise<void> {
  await db.prisma.$queryRaw`${KEPT}
    WITH was AS MATERIALIZED (
      SELECT email, state FROM catwalk.account WHERE email = ANY(${emails}::text[]) AND ${IS_ACCOUNT_AT_FAULT}
      ORDER BY email FOR NO KEY UPDATE
    ),
    resumed AS (
      UPDATE catwalk.account SET state = 'active', paused_reason = NULL, paused_since = NULL, paused_until = NULL,
        failures = 0, busy_streak = 0, updated_at = clock_timestamp()
      WHERE email = ANY (ARRAY(SELECT email FROM was))
    ),
    told AS (
      INSERT INTO catwalk.event_outbox (type, account, actor, data, at)
      SELECT 'account.resumed', email, 'provider', '{"by": "fault"}', clock_timestamp()
      FROM was WHERE state = 'paused' ORDER BY email RETURNING id
    )
    SELECT pg_notify(${EVENTS_CHANNEL}, '')::text WHERE EXISTS (SELECT FROM told)`;
}

/**
 * Notes the tasks the scheduler lists for an account that are not our open attempts. They count for
 * `freshMs`: a scheduler that falls silent must not take slots away for ever.
 */
export async function keepForeignOpen(
  db: Database,
  foreign: ReadonlyMap<string, number>,
  freshMs: number,
): Promise<void> {
  const emails = [...foreign.keys()].sort();
  const counts = emails.map((email) => foreign.get(email) ?? 0);
  await db.prisma.$executeRaw`
    UPDATE catwalk.account a SET foreign_open = f.n,
      foreign_until = clock_timestamp() + ${freshMs} * interval '1 millisecond'
    FROM (
      SELECT b.email, coalesce(w.n, 0) AS n FROM catwalk.account b
      LEFT JOIN unnest(${emails}::text[], ${counts}::int[]) AS w(email, n) ON w.email = b.email
      WHERE b.foreign_open > 0 OR w.n > 0 ORDER BY b.email FOR NO KEY UPDATE OF b
    ) f
    WHERE a.email = f.email`;
}
