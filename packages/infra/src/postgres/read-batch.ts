import {
  type BatchRow,
  parseBatchRows,
  parseShownBatchRows,
  type ShownBatchRow,
  selectBatches,
  selectShownBatches,
} from './batch-row.js';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** How many lines that could not be made jobs are shown with the batch; the others have pages of their own. */
const INVALID_SHOWN = 100;

/** A batch with its counts of this moment, if the viewer may see it. */
export async function findBatch(db: Database, viewer: Viewer, id: string): Promise<BatchRow | null> {
  const rows = await db.prisma.$queryRaw<unknown[]>(findBatchStatement(viewer, id));
  return parseBatchRows(rows)[0] ?? null;
}

/** A batch with its counts and with what is waited for, of the same moment, if the viewer may see it. */
export async function findShownBatch(
  db: Database,
  viewer: Viewer,
  id: string,
): Promise<ShownBatchRow | null> {
  return parseShownBatchRows(await db.look(findShownBatchStatement(viewer, id)))[0] ?? null;
}

/** The statement behind `findBatch`; exported for the test of its plan. */
export function findBatchStatement(viewer: Viewer, id: string): Prisma.Sql {
  return selectBatches(source(viewer, id), INVALID_SHOWN);
}

/** The statement behind `findShownBatch`; exported for the test of its plan. */
export function findShownBatchStatement(viewer: Viewer, id: string): Prisma.Sql {
  return selectShownBatches(source(viewer, id), INVALID_SHOWN);
}

function source(viewer: Viewer, id: string): Prisma.Sql {
  const whose = viewer === null ? Prisma.empty : Prisma.sql`AND client = ${viewer}`;
  return Prisma.sql`SELECT * FROM catwalk.batch WHERE id = ${id} ${whose}`;
}

/** Batches by their ids, whoever's they are, without the lines that could not be made jobs. */
export async function findBatches(db: Database, ids: readonly string[]): Promise<Map<string, BatchRow>> {
  if (ids.length === 0) return new Map();
  const wanted = Prisma.sql`SELECT * FROM catwalk.batch WHERE id = ANY (${[...ids]}::text[])`;
  const rows = await db.prisma.$queryRaw<unknown[]>(selectBatches(wanted, 0));
  return new Map(parseBatchRows(rows).map((row) => [row.id, row]));
}
