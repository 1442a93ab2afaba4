import { CHECK_IS_ON } from './input-checks.js';
import type { Database } from './open-database.js';
import { settleInHalves } from './settle-in-halves.js';
import { retryOnce } from './sql-error.js';
import { EVENTS_CHANNEL } from './tell-events.js';

/** A job as it is to be stored: parsed and defaulted. */
export interface NewTryOn {
  readonly id: string;
  readonly client: string;
  /** Which door it came through: `api` or `drop-in`. */
  readonly origin: string;
  /** The idempotency key, and the endpoint it belongs to. */
  readonly idempotency: { readonly endpoint: string; readonly key: string } | null;
  /** Equal for equal requests; tells a replay from a reused key. */
  readonly fingerprint: string;
  readonly customId: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly humanImage: string;
  readonly dressInput: string | null;
  readonly upperInput: string | null;
  readonly lowerInput: string | null;
  readonly imageCount: number;
  /** The pinned account; null runs on any. */
  readonly email: string | null;
  readonly maxJobs: number | null;
  readonly replyUrl: string | null;
  readonly replyRef: string | null;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number;
  readonly expiresAt: Date | null;
  /** Its inputs are copied before it may be carried. */
  readonly copyInputs: boolean;
}

/**
 * What became of one row: stored, or the key's earlier request told apart from another one. `unstorable` is a
 * value Postgres refuses.
 */
export type InsertedTryOn =
  | { readonly kind: 'inserted'; readonly id: string; readonly number: bigint; readonly createdAt: Date }
  | { readonly kind: 'replayed' | 'key_reused'; readonly id: string }
  | { readonly kind: 'unstorable'; readonly reason: unknown };

/**
 * Stores jobs in one statement, each with its first event. Of rows with the same idempotency key exactly one
 * is stored, also across processes: the others wait for it and are told its id. Safe to repeat: an id that
 * is there already was stored by a try whose answer was lost.
 */
export async function insertTryOns(db: Database, rows: readonly NewTryOn[]): Promise<InsertedTryOn[]> {
  const settled = await settleInHalves(rows, (half) => retryOnce(() => insertBatch(db, half)));
  return settled.map((result) =>
    result.status === 'fulfilled' ? result.value : { kind: 'unstorable', reason: result.reason },
  );
}

interface StoredRow {
  readonly id: string;
  readonly number: bigint;
  readonly createdAt: Date;
}

async function insertBatch(db: Database, rows: readonly NewTryOn[]): Promise<InsertedTryOn[]> {
  const stored = await db.prisma.$queryRaw<StoredRow[]>`
    WITH input AS MATERIALIZED (
      SELECT r.*, n.now FROM jsonb_to_recordset(${JSON.stringify(rows.map(columnsOf))}::jsonb) AS r(
        id text, client text, origin text, idempotency_endpoint text, idempotency_key text, fingerprint text,
        custom_id text, metadata jsonb, human_image text, dress_input text, upper_input text, lower_input text,
        image_count int, email text, max_jobs int, reply_url text, reply_ref text, priority smallint,
        expires_at timestamptz, copy_inputs boolean)
      CROSS JOIN (SELECT date_trunc('milliseconds', clock_timestamp()) AS now) n
    ),
    stored AS (
      INSERT INTO catwalk.try_on (id, client, origin, idempotency_endpoint, idempotency_key, fingerprint,
        custom_id, metadata, human_image, dress_input, upper_input, lower_input, image_count, email, max_jobs,
        reply_url, reply_ref, priority, copy_inputs, lane, flow, status, status_since, due_at, expires_at, created_at, updated_at)
      SELECT id, client, origin, idempotency_endpoint, idempotency_key, fingerprint, custom_id, metadata,
        human_image, dress_input, upper_input, lower_input, image_count, email, max_jobs, reply_url, reply_ref,
        priority, copy_inputs, CASE WHEN copy_inputs THEN '+copy' ELSE coalesce(email, '*') END, concat_ws(' ', 'max ' || max_jobs) || CASE WHEN image_count > 1 THEN '#' || image_count ELSE '' END,
        'queued', now, now, expires_at, now, now
      FROM input ORDER BY client, idempotency_endpoint, idempotency_key, id
      ON CONFLICT DO NOTHING
      RETURNING id, number, client, created_at, copy_inputs
    ),
    events AS (
      INSERT INTO catwalk.event (try_on_id, kind, actor, at)
      SELECT id, 'try_on.queued', client, created_at FROM stored ORDER BY id
    ),
    told AS (
      INSERT INTO catwalk.event_outbox (type, client, try_on_id, actor, at)
      SELECT 'try_on.queued', client, id, client, created_at FROM stored ORDER BY id
    ),
    -- The carry wakes nobody for jobs that it may not carry yet, and copies begin at once.
    woken AS (
      SELECT pg_notify('catwalk_work', '')
      WHERE EXISTS (SELECT FROM stored WHERE copy_inputs OR ${CHECK_IS_ON})
      UNION ALL SELECT pg_notify(${EVENTS_CHANNEL}, '') WHERE EXISTS (SELECT FROM stored)
    )
    SELECT id, number, created_at AS "createdAt", (SELECT count(*) FROM woken) AS woken FROM stored`;
  const byId = new Map(stored.map((row) => [row.id, row]));
  const others = rows.filter((row) => !byId.has(row.id));
  const earlier = others.length === 0 ? new Map<string, EarlierRow>() : await readEarlier(db, others);
  return rows.map((row) => resultOf(row, byId.get(row.id), earlier.get(row.id)));
}

interface EarlierRow extends StoredRow {
  readonly wantedId: string;
  readonly fingerprint: string | null;
}

/** The rows that stood in the way, by the id of the row that was to be stored. */
async function readEarlier(db: Database, rows: readonly NewTryOn[]): Promise<Map<string, EarlierRow>> {
  const found = await db.prisma.$queryRaw<EarlierRow[]>`
    SELECT r.id AS "wantedId", t.id, t.number, t.created_at AS "createdAt", t.fingerprint
    FROM jsonb_to_recordset(${JSON.stringify(rows.map(columnsOf))}::jsonb) AS r(
      id text, client text, idempotency_endpoint text, idempotency_key text)
    CROSS JOIN LATERAL (
      SELECT * FROM catwalk.try_on WHERE id = r.id
      UNION ALL
      SELECT * FROM catwalk.try_on WHERE client = r.client AND idempotency_endpoint = r.idempotency_endpoint
        AND idempotency_key = r.idempotency_key
      LIMIT 1
    ) t`;
  return new Map(found.map((row) => [row.wantedId, row]));
}

function resultOf(
  row: NewTryOn,
  stored: StoredRow | undefined,
  earlier: EarlierRow | undefined,
): InsertedTryOn {
  const own = stored ?? (earlier?.id === row.id ? earlier : undefined);
  if (own !== undefined)
    return { kind: 'inserted', id: own.id, number: own.number, createdAt: own.createdAt };
  if (earlier === undefined) throw new Error('a row was neither stored nor is there an earlier one');
  return { kind: earlier.fingerprint === row.fingerprint ? 'replayed' : 'key_reused', id: earlier.id };
}

function columnsOf(row: NewTryOn): Record<string, unknown> {
  return {
    id: row.id,
    client: row.client,
    origin: row.origin,
    idempotency_endpoint: row.idempotency?.endpoint ?? null,
    idempotency_key: row.idempotency?.key ?? null,
    fingerprint: row.fingerprint,
    custom_id: row.customId,
    metadata: row.metadata,
    human_image: row.humanImage,
    dress_input: row.dressInput,
    upper_input: row.upperInput,
    lower_input: row.lowerInput,
    image_count: row.imageCount,
    email: row.email,
    max_jobs: row.maxJobs,
    reply_url: row.replyUrl,
    reply_ref: row.replyRef,
    priority: row.priority,
    expires_at: row.expiresAt,
    copy_inputs: row.copyInputs,
  };
}

/** The job an idempotency key already made, if any. */
export async function findByIdempotencyKey(
  db: Database,
  by: { readonly client: string; readonly endpoint: string; readonly key: string },
): Promise<{ readonly id: string; readonly fingerprint: string | null } | null> {
  const rows = await db.prisma.$queryRaw<{ id: string; fingerprint: string | null }[]>`
    SELECT id, fingerprint FROM catwalk.try_on
    WHERE client = ${by.client} AND idempotency_endpoint = ${by.endpoint} AND idempotency_key = ${by.key}`;
  return rows[0] ?? null;
}
