import type { ChunkFacts } from './keep-chunk.js';
import type { Database } from './open-database.js';

/** The chunks of a batch that are stored, in their order. */
export async function listChunks(db: Database, batchId: string): Promise<ChunkFacts[]> {
  return db.prisma.$queryRaw<ChunkFacts[]>`
    SELECT number, first_line AS "firstLine", lines, hash FROM catwalk.batch_chunk
    WHERE batch_id = ${batchId} ORDER BY number`;
}
