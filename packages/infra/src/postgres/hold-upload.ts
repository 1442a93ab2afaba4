import type { BatchRow } from './batch-row.js';
import { UPLOAD_LEASE_SECONDS, type Upload } from './begin-batch.js';
import type { Database } from './open-database.js';

/** Notes that an upload is alive; what has been taken over or ended in the meantime stays so. */
export async function renewUpload(db: Database, { batchId, token }: Upload): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.batch SET upload_until = clock_timestamp() + ${UPLOAD_LEASE_SECONDS} * interval '1 second'
    WHERE id = ${batchId} AND upload_token = ${token} AND state = 'receiving'`;
}

/** Lets the next upload of the same input go on at once. */
export async function releaseUpload(db: Database, { batchId, token }: Upload): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE catwalk.batch SET upload_token = NULL, upload_until = NULL
    WHERE id = ${batchId} AND upload_token = ${token} AND state = 'receiving'`;
}

/** Why an upload may write no more: the state of its batch; null when the batch is gone. */
export async function readBatchState(db: Database, batchId: string): Promise<BatchRow['state'] | null> {
  const rows = await db.prisma.$queryRaw<{ state: BatchRow['state'] }[]>`
    SELECT state FROM catwalk.batch WHERE id = ${batchId}`;
  return rows[0]?.state ?? null;
}
