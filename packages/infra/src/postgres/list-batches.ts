import { type BatchRow, parseShownBatchRows, type ShownBatchRow, selectShownBatches } from './batch-row.js';
import type { Viewer } from './find-try-on.js';
import { Prisma } from './generated/client.js';
import type { Database } from './open-database.js';

/** In a list fewer of them are shown than with the batch alone. */
const INVALID_SHOWN = 10;

export interface BatchPage {
  readonly rows: readonly ShownBatchRow[];
  /** The id to go on after; null on the last page. */
  readonly nextAfterId: string | null;
}

export interface BatchPageAt {
  readonly state: BatchRow['state'] | null;
  readonly afterId: string | null;
  readonly limit: number;
}

/** A page of batches, newest first, each with its counts and with what is waited for at this moment. */
export async function listBatches(db: Database, viewer: Viewer, page: BatchPageAt): Promise<BatchPage> {
  const rows = parseShownBatchRows(await db.look(listBatchesStatement(viewer, page)));
  const shown = rows.slice(0, page.limit);
  return { rows: shown, nextAfterId: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
}

/** The statement behind `listBatches`; exported for the test of its plan. */
export function listBatchesStatement(viewer: Viewer, { state, afterId, limit }: BatchPageAt): Prisma.Sql {
  const conditions = [
    ...(viewer === null ? [] : [Prisma.sql`client = ${viewer}`]),
    ...(state === null ? [] : [Prisma.sql`state = ${state}`]),
    ...(afterId === null ? [] : [Prisma.sql`id < ${afterId}`]),
  ];
  const where =
    conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`;
  const source = Prisma.sql`SELECT * FROM catwalk.batch ${where} ORDER BY id DESC LIMIT ${limit + 1}`;
  return selectShownBatches(source, INVALID_SHOWN);
}
