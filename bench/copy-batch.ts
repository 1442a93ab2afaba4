import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { carryJobs, openDatabase } from '@catwalk/infra/postgres';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/**
 * Copies the rows of a batch into another database, its indexes in place, and carries one window of them.
 *
 * @returns the seconds that takes, without reading the rows out
 */
export async function copyBatch(task: {
  readonly from: string;
  readonly to: string;
  readonly batchId: string;
}): Promise<number> {
  const rows = await readRows(task.from, task.batchId);
  const db = openDatabase({ url: task.to, poolMax: 1 });
  const client = new pg.Client({ connectionString: task.to });
  await client.connect();
  try {
    const startedAt = performance.now();
    await pipeline(Readable.from(rows), client.query(copyFrom('COPY catwalk.try_on FROM STDIN')));
    await carryJobs(db);
    return (performance.now() - startedAt) / 1_000;
  } finally {
    await client.end();
    await db.close();
  }
}

async function readRows(databaseUrl: string, batchId: string): Promise<Buffer[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const rows: Buffer[] = [];
  const id = client.escapeLiteral(batchId);
  const statement = `COPY (SELECT * FROM catwalk.try_on WHERE batch_id = ${id} ORDER BY id) TO STDOUT`;
  for await (const piece of client.query(copyTo(statement))) rows.push(piece as Buffer);
  await client.end();
  return rows;
}
