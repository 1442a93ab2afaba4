import { UPLOAD_LEASE_SECONDS, type Upload } from './begin-batch.js';
import type { NewTryOn } from './insert-try-ons.js';
import { linePrefix } from './line-id.js';
import type { Database } from './open-database.js';
import { retryOnce } from './sql-error.js';

/** What a line that becomes a job is beside its fields. */
export type LineFacts = { readonly line: number } & Pick<NewTryOn, 'fingerprint' | 'priority'>;

/** The fields of such a line, parsed and defaulted. */
export type LineFields = Omit<NewTryOn, keyof LineFacts | 'id' | 'client' | 'origin' | 'idempotency'>;

/** A line that cannot become one, and why. */
export interface InvalidLineRow {
  readonly line: number;
  readonly issues: readonly { readonly path: string; readonly message: string }[];
  /** A CSV's cells by their columns. */
  readonly cells: Readonly<Record<string, string>> | null;
}

/** Lines that follow one another in an input and are stored together. */
export interface ChunkFacts {
  /** From 0. */
  readonly number: number;
  readonly firstLine: number;
  readonly lines: number;
  /** Equal for equal lines. */
  readonly hash: string;
}

/** Jobs as they are sent to Postgres: a JSON array, as bytes outside the heap while they wait. */
export interface JobBytes {
  readonly count: number;
  readonly bytes: Buffer;
}

export interface NewChunk extends ChunkFacts {
  readonly jobs: JobBytes;
  /** Images that these ask for. */
  readonly images: number;
  /** Lines that are invalid in all, and those of them that are kept. */
  readonly invalidCount: number;
  readonly invalid: readonly InvalidLineRow[];
}

/**
 * Stores a chunk in one statement: its jobs with their first event, what is wrong with its other lines, and the
 * counts. Safe to repeat: a chunk that is there is left as it is.
 *
 * @returns false when the batch is no longer the upload's to write to
 */
export async function keepChunk(db: Database, upload: Upload, chunk: NewChunk): Promise<boolean> {
  const { number, firstLine, lines, hash, jobs, images, invalidCount, invalid } = chunk;
  const values = [
    upload.batchId,
    upload.token,
    number,
    firstLine,
    lines,
    hash,
    jobs.count,
    images,
    invalidCount,
    UPLOAD_LEASE_SECONDS,
    linePrefix(upload.batchId),
    jobs.bytes,
    JSON.stringify(invalid),
  ];
  const rows = await retryOnce(() => db.query<{ held: boolean }>(KEEP_CHUNK, values));
  return rows[0]?.held === true;
}

/** @param texts jobs as {@link jobText} writes them */
export function jobBytes(texts: readonly string[]): JobBytes {
  const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 1);
  const bytes = Buffer.allocUnsafeSlow(Math.max(2, size));
  let end = 0;
  // Text by text: all of them as one string would be a large object of the heap, which is dear to collect.
  for (const text of texts) end += bytes.write(end === 0 ? '[' : ',', end) + bytes.write(text, end + 1);
  bytes.write(end === 0 ? '[]' : ']', end);
  return { count: texts.length, bytes };
}

/** A job as JSON; what is null is left out, which is the same to Postgres and less to send. */
export function jobText({ line, fingerprint, priority }: LineFacts, job: LineFields): string {
  return JSON.stringify({
    batch_line: line,
    fingerprint,
    custom_id: job.customId ?? undefined,
    metadata: job.metadata,
    human_image: job.humanImage,
    dress_input: job.dressInput ?? undefined,
    upper_input: job.upperInput ?? undefined,
    lower_input: job.lowerInput ?? undefined,
    image_count: job.imageCount,
    email: job.email ?? undefined,
    max_jobs: job.maxJobs ?? undefined,
    reply_url: job.replyUrl ?? undefined,
    reply_ref: job.replyRef ?? undefined,
    priority,
    expires_at: job.expiresAt ?? undefined,
    copy_inputs: job.copyInputs || undefined,
  });
}

/** Past Prisma, see docs/decisions/022-a-chunk-as-bytes.md. */
const KEEP_CHUNK = `
  WITH held AS MATERIALIZED (
    SELECT id, client, date_trunc('milliseconds', clock_timestamp()) AS now FROM catwalk.batch
    WHERE id = $1 AND upload_token = $2 AND state = 'receiving' FOR NO KEY UPDATE
  ),
  chunk AS (
    INSERT INTO catwalk.batch_chunk (batch_id, number, first_line, lines, hash)
    SELECT id, $3::int, $4::int, $5::int, $6 FROM held
    ON CONFLICT DO NOTHING RETURNING batch_id
  ),
  counted AS (
    UPDATE catwalk.batch b SET total = b.total + $7::int, images = b.images + $8::int,
      invalid = b.invalid + $9::int, updated_at = h.now,
      upload_until = clock_timestamp() + $10 * interval '1 second'
    FROM chunk c JOIN held h ON h.id = c.batch_id WHERE b.id = c.batch_id
  ),
  stored AS (
    INSERT INTO catwalk.try_on (id, client, origin, batch_id, batch_line, fingerprint, custom_id, metadata,
      human_image, dress_input, upper_input, lower_input, image_count, email, max_jobs, reply_url, reply_ref,
      priority, copy_inputs, lane, flow, status, status_since, due_at, expires_at, created_at, updated_at)
    SELECT $11 || lpad(to_hex(r.batch_line), 8, '0'), h.client, 'batch', h.id, r.batch_line, r.fingerprint, r.custom_id, coalesce(r.metadata, '{}'),
      r.human_image, r.dress_input, r.upper_input, r.lower_input, r.image_count, r.email, r.max_jobs, r.reply_url,
      r.reply_ref, r.priority, coalesce(r.copy_inputs, false),
      CASE WHEN r.copy_inputs THEN '+copy' ELSE coalesce(r.email, '*') END, concat_ws(' ', h.id, 'max ' || r.max_jobs)
        || CASE WHEN r.image_count > 1 THEN '#' || r.image_count ELSE '' END,
      'queued', h.now, h.now, r.expires_at, h.now, h.now
    FROM jsonb_to_recordset($12::text::jsonb) AS r(
      batch_line int, fingerprint text, custom_id text, metadata jsonb, human_image text,
      dress_input text, upper_input text, lower_input text, image_count int, email text, max_jobs int,
      reply_url text, reply_ref text, priority smallint, expires_at timestamptz, copy_inputs boolean)
    CROSS JOIN held h JOIN chunk c ON c.batch_id = h.id
    ON CONFLICT DO NOTHING
    RETURNING id, client, created_at
  ),
  events AS (
    INSERT INTO catwalk.event (try_on_id, kind, actor, at)
    SELECT id, 'try_on.queued', client, created_at FROM stored
  ),
  told AS (
    INSERT INTO catwalk.event_outbox (type, client, try_on_id, batch_id, actor, at)
    SELECT 'try_on.queued', client, id, $1, client, created_at FROM stored
  ),
  refused AS (
    INSERT INTO catwalk.batch_invalid_line (batch_id, line, issues, cells)
    SELECT c.batch_id, r.line, r.issues, r.cells
    FROM jsonb_to_recordset($13::jsonb) AS r(line int, issues jsonb, cells jsonb)
    CROSS JOIN chunk c
    ON CONFLICT DO NOTHING
  )
  -- Nobody is in a hurry to hear that a line waits: the sequencer looks each second.
  SELECT EXISTS (SELECT FROM held) AS held`;
