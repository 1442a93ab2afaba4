import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** What a look at an input image came to. `undecided` is nothing against it: the provider judges. */
export interface InputCheckRow {
  readonly key: string;
  /** Null while somebody looks, or rests before he looks again. */
  readonly result: 'good' | 'bad' | 'undecided' | null;
  readonly reason: string | null;
  readonly checkedAt: Date | null;
}

/**
 * Whether some worker looks at input images now; then jobs whose inputs were not checked take no slot. It ends
 * with the last worker that looks, so that nothing waits for a look that nobody takes.
 */
export const CHECK_IS_ON = Prisma.sql`EXISTS (SELECT FROM catwalk.lease
  WHERE name = 'input-check alive' AND until > clock_timestamp())`;

/** How long a result is remembered. */
const REMEMBERED_MS = 3_600_000;
const FORGET_AT_ONCE = 1_000;

/** The results that are remembered, and the looks that are under way. */
export function readInputChecks(db: Database, keys: readonly string[]): Promise<InputCheckRow[]> {
  return db.prisma.$queryRaw<InputCheckRow[]>`
    SELECT key, result, reason, checked_at AS "checkedAt" FROM catwalk.input_check
    WHERE key = ANY(${keys}::text[]) AND look_at > clock_timestamp()`;
}

/** An address to be looked at, by its key; a bad result from before `since` does not count. */
export interface WantedLook {
  readonly key: string;
  readonly since: Date | null;
}

/**
 * Claims looks for `ms` milliseconds: each key is looked at by one process at a time, and not while its result
 * is remembered or it rests between two tries.
 *
 * @returns those that are ours, and how often each was tried before
 */
export function claimInputChecks(
  db: Database,
  wanted: readonly WantedLook[],
  ms: number,
): Promise<{ readonly key: string; readonly tries: number }[]> {
  return db.prisma.$queryRaw<{ key: string; tries: number }[]>`
    INSERT INTO catwalk.input_check AS c (key, look_at)
    SELECT w.key, clock_timestamp() + ${ms} * interval '1 millisecond'
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS w(key text) ORDER BY w.key
    ON CONFLICT (key) DO UPDATE SET look_at = excluded.look_at, result = NULL, reason = NULL,
      tries = CASE WHEN c.result IS NULL THEN c.tries ELSE 0 END
    WHERE c.look_at <= clock_timestamp() OR (c.result = 'bad' AND c.checked_at < (
      SELECT w.since FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS w(key text, since timestamptz)
      WHERE w.key = c.key))
    RETURNING key, tries`;
}

/** Keeps what a look came to: a result for an hour, or, with `againInMs`, one more try after that rest. */
export async function keepInputCheck(
  db: Database,
  key: string,
  look: {
    readonly result: InputCheckRow['result'];
    readonly reason: string | null;
    readonly againInMs?: number;
  },
): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.input_check SET result = ${look.result}, reason = ${look.reason}, tries = tries + 1,
      checked_at = clock_timestamp(),
      look_at = clock_timestamp() + ${look.againInMs ?? REMEMBERED_MS} * interval '1 millisecond'
    WHERE key = ${key}`;
}

/** Lets jobs take slots: nothing speaks against their inputs. */
export async function passInputs(db: Database, jobIds: readonly string[]): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.try_on SET inputs_checked = true WHERE id IN (
      SELECT id FROM catwalk.try_on WHERE id = ANY(${jobIds}::text[]) AND NOT inputs_checked
      ORDER BY id FOR NO KEY UPDATE)`;
}

/** Forgets results that are no longer remembered, and looks that nobody took up again. */
export async function forgetInputChecks(db: Database): Promise<void> {
  await db.prisma.$executeRaw`
    DELETE FROM catwalk.input_check WHERE key = ANY (ARRAY(SELECT key FROM catwalk.input_check
      WHERE look_at < clock_timestamp() - interval '1 minute' ORDER BY look_at LIMIT ${FORGET_AT_ONCE}
      FOR UPDATE SKIP LOCKED))`;
}
