import { z } from 'zod';
import type { Database } from './open-database.js';

const keptInvalidLine = z.object({
  line: z.number(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })),
  /** Of a CSV: its cells by their columns. */
  cells: z.record(z.string(), z.string()).nullable(),
});

/** A line of a batch's input that could not be made a job. */
export type KeptInvalidLine = z.output<typeof keptInvalidLine>;

/** Lines that could not be made jobs, behind a line, in their order. */
export async function listInvalidLines(
  db: Database,
  asked: { readonly batchId: string; readonly afterLine: number; readonly limit: number },
): Promise<KeptInvalidLine[]> {
  const rows = await db.prisma.$queryRaw<unknown[]>`
    SELECT line, issues, cells FROM catwalk.batch_invalid_line
    WHERE batch_id = ${asked.batchId} AND line > ${asked.afterLine} ORDER BY line LIMIT ${asked.limit}`;
  return rows.map((row) => keptInvalidLine.parse(row));
}
