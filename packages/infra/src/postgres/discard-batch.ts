import type { Upload } from './begin-batch.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

const ROWS_AT_ONCE = 5_000;

/** Under this mark a batch is being removed: no upload can take it, and nobody can give it an order. */
export const IS_DISCARDED = Prisma.sql`(state = 'receiving' AND idempotency_key IS NULL AND upload_token IS NULL
  AND upload_until IS NOT NULL)`;

const MARKED = Prisma.sql`idempotency_key = NULL, upload_token = NULL,
  upload_until = clock_timestamp() + interval '10 minutes'`;

const IS_ABANDONED = Prisma.sql`state = 'receiving' AND idempotency_key IS NULL
  AND (upload_until IS NULL OR upload_until < clock_timestamp() - interval '1 minute')`;

/**
 * Removes a batch that is still being received, with all its rows: nothing of it was ever submitted. Its key is
 * free at once; what a crash leaves behind has none and is found by {@link discardAbandoned}. What another upload
 * has taken over stays.
 */
export async function discardBatch(db: Database, { batchId, token }: Upload): Promise<void> {
  const marked = await db.prisma.$executeRaw`
    UPDATE catwalk.batch SET ${MARKED} WHERE id = ${batchId} AND upload_token = ${token} AND state = 'receiving'`;
  if (marked > 0) await deleteMarked(db, batchId);
}

/** Removes what nobody can complete: uploads without a key whose process has ended. */
export async function discardAbandoned(db: Database): Promise<void> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM catwalk.batch WHERE ${IS_ABANDONED} ORDER BY id`;
  for (const { id } of rows) {
    const marked = await db.prisma.$executeRaw`
      UPDATE catwalk.batch SET ${MARKED} WHERE id = ${id} AND ${IS_ABANDONED}`;
    if (marked > 0) await deleteMarked(db, id);
  }
}

async function deleteMarked(db: Database, batchId: string): Promise<void> {
  while ((await deleteJobs(db, batchId)) > 0);
  while ((await deleteInvalidLines(db, batchId)) > 0);
  await db.prisma.$transaction([
    db.prisma.$executeRaw`DELETE FROM catwalk.batch_chunk WHERE batch_id = ${batchId}`,
    db.prisma.$executeRaw`DELETE FROM catwalk.batch WHERE id = ${batchId} AND ${IS_DISCARDED}`,
  ]);
}

async function deleteJobs(db: Database, batchId: string): Promise<number> {
  return db.prisma.$executeRaw`
    WITH doomed AS (
      DELETE FROM catwalk.try_on WHERE id = ANY (ARRAY(
        SELECT id FROM catwalk.try_on WHERE batch_id = ${batchId} ORDER BY id LIMIT ${ROWS_AT_ONCE} FOR UPDATE))
      RETURNING id
    ),
    untold AS (DELETE FROM catwalk.event WHERE try_on_id IN (SELECT id FROM doomed))
    SELECT id FROM doomed`;
}

async function deleteInvalidLines(db: Database, batchId: string): Promise<number> {
  return db.prisma.$executeRaw`
    DELETE FROM catwalk.batch_invalid_line WHERE batch_id = ${batchId} AND line = ANY (ARRAY(
      SELECT line FROM catwalk.batch_invalid_line WHERE batch_id = ${batchId} ORDER BY line LIMIT ${ROWS_AT_ONCE}))`;
}
