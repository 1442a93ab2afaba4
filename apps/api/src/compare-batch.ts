import {
  type BatchRow,
  type ChunkFacts,
  type Database,
  findChangedLine,
  listChunks,
} from '@catwalk/infra/postgres';
import type { LineChunk } from './cut-chunks.js';
import { ProblemError } from './problem-error.js';
import { storableIssues } from './to-new-chunk.js';

/**
 * Reads an input that was received before, and compares it with what was stored.
 *
 * @throws ProblemError idempotency_key_reused, naming the first line that differs
 */
export async function compareBatch(
  database: Database,
  { batchId, state }: { readonly batchId: string; readonly state: BatchRow['state'] },
  chunks: AsyncIterable<LineChunk<unknown>>,
): Promise<void> {
  const stored = await readStoredChunks(database, batchId);
  // One that was canceled may have been canceled before all of it was there.
  const wasCut = state === 'canceled' || state === 'canceling';
  for await (const chunk of chunks) {
    const known = await stored.compare(chunk);
    if (!known && !wasCut) throw differs(chunk.firstLine);
  }
  stored.requireAll();
}

/** The chunks of a batch that are stored already. */
export interface StoredChunks {
  /**
   * Whether the chunk is there already.
   *
   * @throws ProblemError where it is there and differs
   */
  compare(chunk: LineChunk<unknown>): Promise<boolean>;
  /** @throws ProblemError when there are more chunks than were compared */
  requireAll(): void;
}

export async function readStoredChunks(database: Database, batchId: string): Promise<StoredChunks> {
  const left = new Map((await listChunks(database, batchId)).map((chunk) => [chunk.number, chunk]));
  return {
    async compare(chunk) {
      const earlier = left.get(chunk.number);
      if (earlier === undefined) return false;
      if (earlier.hash !== chunk.hash) throw await explain(database, batchId, earlier, chunk);
      left.delete(chunk.number);
      return true;
    },
    requireAll() {
      const [missing] = left.values();
      if (missing !== undefined) throw differs(missing.firstLine);
    },
  };
}

async function explain(
  database: Database,
  batchId: string,
  earlier: ChunkFacts,
  chunk: LineChunk<unknown>,
): Promise<ProblemError> {
  const lines = chunk.lines.map((line) => ({
    line: line.line,
    fingerprint: line.fingerprint,
    issues: line.kind === 'valid' ? [] : storableIssues(line.issues.slice(0, line.own)),
  }));
  const changed = await findChangedLine(database, batchId, earlier, lines);
  if (changed !== null) return differs(changed);
  const last = chunk.lines.at(-1)?.line ?? chunk.firstLine;
  return differs(chunk.firstLine, `one of the lines ${chunk.firstLine} to ${last}`);
}

function differs(line: number, what = `line ${line}`): ProblemError {
  const message = 'is not what it was when this Idempotency-Key was used first';
  return new ProblemError('idempotency_key_reused', `${what} ${message}`.replace(/^./, upper), {
    errors: [{ path: `line ${line}`, message }],
  });
}

function upper(letter: string): string {
  return letter.toUpperCase();
}
