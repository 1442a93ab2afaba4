import type { Database } from './open-database.js';

/** Where the sweep is in the order of what expires next. */
export interface SweepPlace {
  readonly expiresAt: Date;
  readonly id: string;
}

/** One step of a sweep: what was found, and where the next step begins; null: there is none. */
export interface SweptAssets {
  readonly extended: number;
  /** Places in the store whose assets are being removed. */
  readonly keys: readonly string[];
  readonly next: SweepPlace | null;
}

export interface SweepOptions {
  /** Assets that expire in this time are looked at. */
  readonly aheadMs: number;
  /** Those that an open job uses are kept for so long again, which is more. */
  readonly keptOnMs: number;
  readonly limit: number;
}

interface SweptRow {
  readonly id: string;
  readonly key: string | null;
  readonly expiresAt: Date;
  readonly extended: boolean;
  readonly removed: boolean;
}

/**
 * Looks at assets that expire soon, `limit` of them from a place on: those that an open job names are kept on, others
 * that have expired are marked as being removed. An asset is used by its address, as jobs name it: the last part of
 * ours, and the whole of the provider's.
 */
export async function sweepAssets(
  db: Database,
  { aheadMs, keptOnMs, limit }: SweepOptions,
  after: SweepPlace | null,
): Promise<SweptAssets> {
  const rows = await db.prisma.$queryRaw<SweptRow[]>`
    WITH chosen AS MATERIALIZED (
      SELECT id, client, key, token, provider_url, expires_at FROM catwalk.asset
      WHERE expires_at < clock_timestamp() + ${aheadMs} * interval '1 millisecond' AND removed_at IS NULL
        AND (expires_at, id) > (coalesce(${after?.expiresAt ?? null}::timestamptz, '-infinity'), ${after?.id ?? ''})
      ORDER BY expires_at, id LIMIT ${limit} FOR NO KEY UPDATE SKIP LOCKED
    ),
    named AS MATERIALIZED (
      SELECT DISTINCT coalesce(substring(i.url FROM '/assets/([A-Za-z0-9_-]{43})[.][a-z]+$'), i.url) AS name
      FROM catwalk.try_on t CROSS JOIN LATERAL (
        VALUES (coalesce(t.submitted_inputs ->> 'humanImage', t.human_image)),
          (coalesce(t.submitted_inputs ->> 'dressInput', t.dress_input)),
          (coalesce(t.submitted_inputs ->> 'upperInput', t.upper_input)),
          (coalesce(t.submitted_inputs ->> 'lowerInput', t.lower_input))) AS i(url)
      WHERE EXISTS (SELECT FROM chosen) AND i.url IS NOT NULL
        AND t.status = ANY (ARRAY['queued', 'submitting', 'unconfirmed', 'processing'])
    ),
    judged AS (
      SELECT c.*, EXISTS (SELECT FROM named n WHERE n.name = c.token OR n.name = c.provider_url) AS used FROM chosen c
    ),
    changed AS (
      UPDATE catwalk.asset a SET
        expires_at = CASE WHEN j.used THEN clock_timestamp() + ${keptOnMs} * interval '1 millisecond' ELSE a.expires_at END,
        removed_at = CASE WHEN j.used THEN NULL ELSE clock_timestamp() END
      FROM judged j WHERE a.id = j.id AND (j.used OR j.expires_at <= clock_timestamp())
      RETURNING a.id, j.used
    )
    SELECT j.id, j.key, j.expires_at AS "expiresAt", coalesce(c.used, false) AS extended,
      coalesce(NOT c.used, false) AS removed
    FROM judged j LEFT JOIN changed c USING (id) ORDER BY j.expires_at, j.id`;
  const last = rows.at(-1);
  return {
    extended: rows.filter((row) => row.extended).length,
    keys: rows.flatMap(({ removed, key }) => (removed && key !== null ? [key] : [])),
    next: last === undefined || rows.length < limit ? null : { expiresAt: last.expiresAt, id: last.id },
  };
}

/** Assets whose removal was begun: what they still have in the store goes first, then they. */
export async function listRemovedAssets(
  db: Database,
  limit: number,
): Promise<{ readonly id: string; readonly key: string | null }[]> {
  return db.prisma.$queryRaw<{ id: string; key: string | null }[]>`
    SELECT id, key FROM catwalk.asset WHERE expires_at <= clock_timestamp() AND removed_at IS NOT NULL ORDER BY id LIMIT ${limit}`;
}

export async function deleteAssets(db: Database, ids: readonly string[]): Promise<void> {
  await db.prisma.$executeRaw`
    DELETE FROM catwalk.asset WHERE id = ANY(${ids}::text[]) AND removed_at IS NOT NULL`;
}
