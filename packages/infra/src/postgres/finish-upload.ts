import type { Upload } from './begin-batch.js';
import { stopClaims, writeCeilings } from './keep-ceilings.js';
import { notifyWork } from './notify-work.js';
import type { Database, Queryable } from './open-database.js';
import { retryOnce } from './sql-error.js';

/** What became of a complete input. `empty`: none of its lines is a job; `lost`: it is no longer the upload's. */
export type FinishedUpload = 'running' | 'empty' | 'lost';

interface Facts {
  readonly total: number;
  readonly pilot: number | null;
  readonly maxImages: number | null;
}

/**
 * Ends the upload of a batch that is complete: its pilot is chosen, its ceiling holds, and its jobs may start, all
 * at the same moment.
 */
export async function finishUpload(db: Database, upload: Upload): Promise<FinishedUpload> {
  return retryOnce(async () => {
    const facts = await readFacts(db, upload);
    if (facts === 'running' || facts === 'lost') return facts;
    if (facts.total === 0) return 'empty';
    const pilotIds = facts.pilot === null ? [] : await choosePilot(db, upload.batchId, facts.pilot);
    return db.prisma.$transaction(async (tx) => {
      if (facts.maxImages !== null) await stopClaims(tx);
      if (!(await start(tx, upload, pilotIds))) return 'lost';
      await markPilot(tx, upload.batchId, pilotIds);
      if (facts.maxImages !== null)
        await writeCeilings(tx, [{ scope: 'batch', name: upload.batchId, images: facts.maxImages }]);
      await notifyWork(tx);
      return 'running';
    });
  });
}

/** A try whose answer was lost has started the batch under this token. */
async function readFacts(db: Database, { batchId, token }: Upload): Promise<Facts | 'running' | 'lost'> {
  const rows = await db.prisma.$queryRaw<(Facts & { state: string })[]>`
    SELECT total, pilot, max_images AS "maxImages", state FROM catwalk.batch
    WHERE id = ${batchId} AND upload_token = ${token}`;
  const [row] = rows;
  if (row === undefined) return 'lost';
  if (row.state === 'running') return 'running';
  return row.state === 'receiving' ? row : 'lost';
}

/** So many jobs, at equal distances in the order of the lines, from the first on. */
async function choosePilot(db: Database, batchId: string, count: number): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ id: string }[]>`
    SELECT id FROM (
      SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS total
      FROM catwalk.try_on WHERE batch_id = ${batchId}
    ) jobs
    WHERE n = 0 OR n * ${count}::bigint / total <> (n - 1) * ${count}::bigint / total
    ORDER BY id LIMIT ${count}`;
  return rows.map(({ id }) => id);
}

async function start(
  tx: Queryable,
  { batchId, token }: Upload,
  pilotIds: readonly string[],
): Promise<boolean> {
  const started = await tx.$executeRaw`
    UPDATE catwalk.batch SET state = 'running', state_since = now, updated_at = now,
      upload_until = NULL, pilot_ids = ${pilotIds}::text[], piloting = ${pilotIds.length > 0}
    FROM (SELECT date_trunc('milliseconds', clock_timestamp()) AS now) n
    WHERE id = ${batchId} AND upload_token = ${token} AND state = 'receiving'`;
  return started > 0;
}

/** Jobs of the pilot have a flow of their own: it is not held back with the others'. */
async function markPilot(tx: Queryable, batchId: string, pilotIds: readonly string[]): Promise<void> {
  if (pilotIds.length === 0) return;
  await tx.$executeRaw`
    UPDATE catwalk.try_on t SET flow = ${batchId}::text || ' pilot' || substr(t.flow, ${batchId.length + 1}::int)
    FROM (SELECT id FROM catwalk.try_on WHERE id = ANY (${pilotIds}::text[]) ORDER BY id FOR NO KEY UPDATE) p
    WHERE t.id = p.id`;
}
