import { Prisma } from './generated/client.js';
import { KEPT } from './keep-plans.js';
import type { Database } from './open-database.js';

const PROVIDER_ID = 'useapi-kling';

/**
 * Notes that the provider could not be reached. Nothing is submitted until the rest is over, then one job
 * probes it.
 *
 * @param restMs the rest for the n-th failure in a row, in milliseconds
 */
export async function noteProviderDown(
  db: Database,
  reason: string,
  restMs: (failures: number) => number,
): Promise<void> {
  const rows = await db.prisma.$queryRaw<{ failures: number }[]>`
    INSERT INTO catwalk.provider AS p (id, failures, down_since, down_until, reason)
    VALUES (${PROVIDER_ID}, 1, clock_timestamp(), clock_timestamp() + interval '1 minute', ${reason})
    ON CONFLICT (id) DO UPDATE SET failures = p.failures + 1, reason = excluded.reason,
      down_since = coalesce(p.down_since, excluded.down_since), down_until = excluded.down_until
    WHERE p.down_until IS NULL OR p.down_until <= clock_timestamp()
    RETURNING failures`;
  const failures = rows[0]?.failures;
  if (failures === undefined) return;
  await db.prisma.$executeRaw`
    UPDATE catwalk.provider SET down_until = clock_timestamp() + ${restMs(failures)} * interval '1 millisecond'
    WHERE id = ${PROVIDER_ID}`;
}

/**
 * Puts the next probe off by at least so many milliseconds: the provider is down, and answers no other question
 * either. Nothing while it counts as up.
 */
export async function putOffProbe(db: Database, ms: number): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.provider
    SET down_until = greatest(down_until, clock_timestamp() + ${ms} * interval '1 millisecond')
    WHERE id = ${PROVIDER_ID} AND down_since IS NOT NULL`;
}

/** That something is held against the provider. */
export const IS_PROVIDER_AT_FAULT = Prisma.sql`(failures > 0 OR down_since IS NOT NULL)`;

/** Notes that the provider answered a submit: whatever it said, it can be reached. */
export async function noteProviderUp(db: Database): Promise<void> {
  await db.prisma.$executeRaw`${KEPT}
    UPDATE catwalk.provider SET failures = 0, down_since = NULL, down_until = NULL, reason = NULL
    WHERE id = ${PROVIDER_ID} AND ${IS_PROVIDER_AT_FAULT}`;
}

/** Notes that a submit sent at this time reached the provider. What was sent before it went down says nothing. */
export async function noteProviderReached(db: Database, sentAt: Date): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.provider SET failures = 0, down_since = NULL, down_until = NULL, reason = NULL
    WHERE id = ${PROVIDER_ID} AND down_since < ${sentAt}`;
}

/** Since when, until when at least, and why the provider cannot be reached. */
export interface ProviderOutage {
  readonly since: Date;
  readonly until: Date | null;
  readonly reason: string | null;
}

/** Null while the provider can be reached. */
export async function readProviderOutage(db: Database): Promise<ProviderOutage | null> {
  const rows = await db.prisma.$queryRaw<ProviderOutage[]>`
    SELECT down_since AS since, down_until AS until, reason FROM catwalk.provider
    WHERE id = ${PROVIDER_ID} AND down_since IS NOT NULL`;
  return rows[0] ?? null;
}
