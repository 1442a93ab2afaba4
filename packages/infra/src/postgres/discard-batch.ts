import type { Database } from './open-database.js';

const ROWS_AT_ONCE = 5_000;

/**
 * Removes a batch that is still being received, with all its rows: nothing of it was ever submitted. Its key is
 * free at once; what a crash leaves behind has none and is found by {@link discardAbandoned}.
 */
export async function discardBatch(db: Database, batchId: string): Promise<void> {
  const given = await db.prisma.$executeRaw`
    UPDATE catwalk.batch SET idempotency_key = NULL,
      upload_token = NULL, upload_until = clock_timestamp() + interval '10 minutes'
    WHERE id = ${batchId} AND state = 'receiving'`;
  if (given === 0) return;
  while ((await deleteJobs(db, batchId)) > 0);
  while ((await deleteInvalidLines(db, batchId)) > 0);
  await db.prisma.$transaction([
    db.prisma.$executeRaw`DELETE FROM catwalk.batch_chunk WHERE batch_id = ${batchId}`,
    db.prisma.$executeRaw`DELETE FROM catwalk.batch WHERE id = ${batchId}`,
  ]);
}

/** Removes what nobody can complete: uploads without a key whose process has ended. */
export async function discardAbandoned(db: Database): Promise<void> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM catwalk.batch WHERE state = 'receiving' AND idempotency_key IS NULL
      AND (upload_until IS NULL OR upload_until < clock_timestamp() - interval '1 minute') ORDER BY id`;
  for (const { id } of rows) await discardBatch(db, id);
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
