import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** The copying of what lies at one address for one client, as it stands. */
export interface InputCopyRow {
  readonly key: string;
  /** Null while somebody copies, or rests before it is tried again. */
  readonly result: 'kept' | 'bad' | null;
  readonly reason: string | null;
  readonly assetId: string | null;
  readonly copiedAt: Date | null;
}

/** How long a result is remembered: longer than the copying of any batch takes. 24 hours. */
const REMEMBERED_MS = 86_400_000;
const FORGET_AT_ONCE = 1_000;
/** Tries that somebody has left lying are no tries any more. */
const GOES_ON = Prisma.sql`(c.result IS NULL AND c.look_at > clock_timestamp() - interval '1 minute')`;

/** What is remembered of these addresses, and what is under way. */
export function readInputCopies(db: Database, keys: readonly string[]): Promise<InputCopyRow[]> {
  return db.prisma.$queryRaw<InputCopyRow[]>`
    SELECT key, result, reason, asset_id AS "assetId", copied_at AS "copiedAt" FROM catwalk.input_copy
    WHERE key = ANY(${keys}::text[]) AND look_at > clock_timestamp()`;
}

/** An address to be copied, by its key; a result from before `since` does not count, nor any if that is null. */
export interface WantedCopy {
  readonly key: string;
  readonly since: Date | null;
}

/** A copy that is ours to make, how often it was tried before, and since when. */
export interface ClaimedCopy {
  readonly key: string;
  readonly tries: number;
  readonly triedMs: number;
}

/** Claims copies for `ms` milliseconds: each address is asked by one process at a time. */
export function claimInputCopies(
  db: Database,
  wanted: readonly WantedCopy[],
  ms: number,
): Promise<ClaimedCopy[]> {
  return db.prisma.$queryRaw<ClaimedCopy[]>`
    INSERT INTO catwalk.input_copy AS c (key, first_at, look_at)
    SELECT w.key, clock_timestamp(), clock_timestamp() + ${ms} * interval '1 millisecond'
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS w(key text) ORDER BY w.key
    ON CONFLICT (key) DO UPDATE SET look_at = excluded.look_at, result = NULL, reason = NULL, asset_id = NULL,
      tries = CASE WHEN ${GOES_ON} THEN c.tries ELSE 0 END,
      first_at = CASE WHEN ${GOES_ON} THEN c.first_at ELSE excluded.first_at END
    WHERE c.look_at <= clock_timestamp() OR (c.result IS NOT NULL AND (
      SELECT w.since IS NULL OR c.copied_at < w.since
      FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS w(key text, since timestamptz)
      WHERE w.key = c.key))
    RETURNING key, tries, (extract(epoch FROM clock_timestamp() - first_at) * 1000)::int AS "triedMs"`;
}

/** Keeps what a copy came to: a result, or, with `againInMs`, one more try after that rest. */
export async function keepInputCopy(
  db: Database,
  key: string,
  copy: Pick<InputCopyRow, 'result' | 'reason' | 'assetId'> & { readonly againInMs?: number },
): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.input_copy SET result = ${copy.result}, reason = ${copy.reason}, asset_id = ${copy.assetId},
      tries = tries + 1, copied_at = clock_timestamp(),
      look_at = clock_timestamp() + ${copy.againInMs ?? REMEMBERED_MS} * interval '1 millisecond'
    WHERE key = ${key}`;
}

/** Forgets results that are no longer remembered, and copies that nobody took up again. */
export async function forgetInputCopies(db: Database): Promise<void> {
  await db.prisma.$executeRaw`
    DELETE FROM catwalk.input_copy WHERE key = ANY (ARRAY(SELECT key FROM catwalk.input_copy
      WHERE look_at < clock_timestamp() - interval '1 minute' ORDER BY look_at LIMIT ${FORGET_AT_ONCE}
      FOR UPDATE SKIP LOCKED))`;
}
