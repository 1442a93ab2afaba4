import type { BatchRow } from './batch-row.js';
import { makeId } from './make-id.js';
import type { Database } from './open-database.js';
import { retryOnce } from './sql-error.js';

/** How long an upload counts as alive after its last sign of life. */
export const UPLOAD_LEASE_SECONDS = 10;

/** A batch as it begins: what holds for all of its lines. */
export interface NewBatch {
  readonly client: string;
  readonly idempotencyKey: string | null;
  readonly format: string;
  /** Equal for equal requests, whatever their lines. */
  readonly options: string;
  /** Of a CSV: its own columns, and what stands between them. */
  readonly columns: readonly string[] | null;
  readonly delimiter: string | null;
  readonly pilot: number | null;
  readonly pauseOnFailures: { readonly ratio: number; readonly after: number } | null;
  readonly maxImages: number | null;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number;
  readonly expiresAt: Date | null;
}

/** An upload that may write to its batch, as long as nobody else took it. */
export interface Upload {
  readonly batchId: string;
  readonly token: string;
}

/**
 * What a request for a batch meets: nobody has begun it, or whoever did is gone, and the upload is the caller's;
 * somebody else is at it; it was completed (or canceled) before; or its key belongs to another request.
 */
export type BegunBatch =
  | { readonly kind: 'taken'; readonly upload: Upload; readonly isNew: boolean }
  | { readonly kind: 'in_progress'; readonly seconds: number }
  | { readonly kind: 'received'; readonly batchId: string; readonly state: BatchRow['state'] }
  | { readonly kind: 'key_reused' };

/** Begins a batch, or goes on with the one that its key began. Of many at once one gets the upload. */
export async function beginBatch(db: Database, batch: NewBatch): Promise<BegunBatch> {
  const upload = { batchId: makeId('bat'), token: makeId('evt') };
  return retryOnce(async () => {
    if (await insert(db, batch, upload)) return { kind: 'taken', upload, isNew: true };
    const earlier = (await take(db, batch, upload)) ?? (await take(db, batch, upload));
    if (earlier === null) throw new Error('a batch was neither begun nor is there an earlier one');
    if (earlier.options !== batch.options) return { kind: 'key_reused' };
    if (earlier.taken)
      return {
        kind: 'taken',
        upload: { batchId: earlier.id, token: upload.token },
        isNew: earlier.id === upload.batchId,
      };
    if (earlier.state === 'receiving') return { kind: 'in_progress', seconds: earlier.seconds };
    return { kind: 'received', batchId: earlier.id, state: earlier.state };
  });
}

/** The batch that a key began, if any. */
export async function findBatchByKey(
  db: Database,
  by: { readonly client: string; readonly key: string },
): Promise<{ readonly id: string; readonly options: string } | null> {
  const rows = await db.prisma.$queryRaw<{ id: string; options: string }[]>`
    SELECT id, options FROM catwalk.batch WHERE client = ${by.client} AND idempotency_key = ${by.key}`;
  return rows[0] ?? null;
}

async function insert(db: Database, batch: NewBatch, { batchId, token }: Upload): Promise<boolean> {
  const columns = batch.columns === null ? null : JSON.stringify(batch.columns);
  const inserted = await db.prisma.$executeRaw`
    INSERT INTO catwalk.batch (id, client, idempotency_key, format, options, columns, delimiter, state, state_since,
      pilot, failure_ratio, failures_after, max_images, priority, expires_at, upload_token, upload_until,
      created_at, updated_at)
    SELECT ${batchId}, ${batch.client}, ${batch.idempotencyKey}, ${batch.format}, ${batch.options},
      ${columns}::jsonb, ${batch.delimiter}, 'receiving', now, ${batch.pilot}::int,
      ${batch.pauseOnFailures?.ratio ?? null}::float8, ${batch.pauseOnFailures?.after ?? null}::int,
      ${batch.maxImages}::int, ${batch.priority}::smallint, ${batch.expiresAt}::timestamptz, ${token},
      now + ${UPLOAD_LEASE_SECONDS} * interval '1 second', now, now
    FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS now) n
    ON CONFLICT DO NOTHING`;
  return inserted > 0;
}

interface Earlier {
  readonly id: string;
  readonly options: string;
  readonly state: BatchRow['state'];
  readonly taken: boolean;
  readonly seconds: number;
}

/** The batch that stands in the way, taken over where nobody is at it. */
async function take(db: Database, batch: NewBatch, { batchId, token }: Upload): Promise<Earlier | null> {
  const rows = await db.prisma.$queryRaw<Earlier[]>`
    WITH earlier AS MATERIALIZED (
      SELECT id, options, state, upload_until,
        options = ${batch.options} AND state = 'receiving' AND (upload_until IS NULL
          OR upload_until <= clock_timestamp() OR upload_token = ${token}) AS taken
      FROM catwalk.batch
      WHERE id = ${batchId} OR (client = ${batch.client} AND idempotency_key = ${batch.idempotencyKey})
      FOR NO KEY UPDATE
    ),
    taking AS (
      UPDATE catwalk.batch b SET upload_token = ${token},
        upload_until = clock_timestamp() + ${UPLOAD_LEASE_SECONDS} * interval '1 second'
      FROM earlier e WHERE b.id = e.id AND e.taken
    )
    SELECT id, options, state, taken,
      coalesce(greatest(1, ceil(extract(epoch FROM upload_until - clock_timestamp()))), 1)::int AS seconds
    FROM earlier`;
  return rows[0] ?? null;
}
