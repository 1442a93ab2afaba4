import { INVALID_LINES_SHOWN, type Issue } from '@catwalk/contract';
import {
  type Database,
  discardBatch,
  finishUpload,
  keepChunk,
  readBatchState,
  releaseUpload,
  renewUpload,
  type Upload,
} from '@catwalk/infra/postgres';
import { UnreadableInput } from './batch-input/read-batch.js';
import { readStoredChunks } from './compare-batch.js';
import type { LineChunk } from './cut-chunks.js';
import type { UploadBody } from './open-upload.js';
import { createOrderedWrites } from './ordered-writes.js';
import { invalidRequest, ProblemError } from './problem-error.js';
import { storableIssues, toNewChunk } from './to-new-chunk.js';

/** An upload that may write to its batch. */
export interface OpenUpload {
  readonly upload: Upload;
  /** Nothing of it can be stored yet. */
  readonly isNew: boolean;
  /** Somebody may complete it if it breaks off. */
  readonly canBeResent: boolean;
  readonly body: UploadBody;
  readonly chunks: AsyncIterable<LineChunk<string>>;
}

const RENEW_MS = 3_000;
/** Chunks on their way to Postgres while the next one is read. */
const WRITES_MAX = 2;

/** What is wrong with an input as a whole: the same bytes can never make a batch. */
class RefusedInput extends Error {
  readonly problem: ProblemError;
  constructor(problem: ProblemError) {
    super(problem.message);
    this.problem = problem;
  }
}

/**
 * Stores an input chunk by chunk and lets its jobs start when it is complete. What breaks off stays, to be completed
 * by the same input; what can never be completed is removed.
 */
export async function storeBatch(database: Database, open: OpenUpload): Promise<void> {
  const { upload, body } = open;
  const alive = setInterval(() => renewUpload(database, upload).catch(() => undefined), RENEW_MS);
  try {
    const invalid = await storeChunks(database, open);
    const finished = await finishUpload(database, upload);
    if (finished === 'empty') throw new RefusedInput(nothingValid(invalid));
    if (finished === 'lost') throw await lost(database, upload);
  } catch (error) {
    const isHopeless = isRefused(error) || !open.canBeResent;
    // Postgres may be what failed: then the upload is taken over when its lease is over.
    await (isHopeless ? discardBatch(database, upload) : releaseUpload(database, upload)).catch(
      () => undefined,
    );
    throw error instanceof RefusedInput ? error.problem : error;
  } finally {
    clearInterval(alive);
    body.breakOff(new Error('the upload is over'));
  }
}

/** @returns the first invalid lines */
async function storeChunks(database: Database, { upload, isNew, body, chunks }: OpenUpload) {
  const stored = isNew ? null : await readStoredChunks(database, upload.batchId);
  const writes = createOrderedWrites(WRITES_MAX, (error) => body.breakOff(error));
  const first: InvalidLine[] = [];
  let invalidCount = 0;
  try {
    for await (const chunk of chunks) {
      const row = toNewChunk(chunk, invalidCount);
      noteInvalid(first, chunk);
      invalidCount += row.invalidCount;
      if (stored !== null && (await stored.compare(chunk))) continue;
      await writes.add(async () => {
        if (!(await keepChunk(database, upload, row))) throw await lost(database, upload);
      });
    }
    stored?.requireAll();
  } finally {
    await writes.settle();
  }
  await writes.done();
  return first;
}

interface InvalidLine {
  readonly line: number;
  readonly issues: readonly Issue[];
}

function noteInvalid(first: InvalidLine[], chunk: LineChunk<unknown>): void {
  for (const line of chunk.lines) {
    if (first.length >= INVALID_LINES_SHOWN) return;
    if (line.kind === 'invalid') first.push({ line: line.line, issues: storableIssues(line.issues) });
  }
}

/** Bytes that no other try makes better, rather than a broken connection, a changed line or a fault of ours. */
function isRefused(error: unknown): boolean {
  if (error instanceof RefusedInput || error instanceof UnreadableInput) return true;
  return (
    error instanceof ProblemError && (error.code === 'invalid_request' || error.code === 'malformed_json')
  );
}

function nothingValid(invalid: readonly InvalidLine[]): ProblemError {
  if (invalid.length === 0) return new ProblemError('invalid_request', 'The input has no lines');
  return invalidRequest(
    invalid.map(({ line, issues }) => ({
      path: `line ${line}`,
      message: issues.map(({ path, message }) => (path === '' ? message : `${path} ${message}`)).join('; '),
    })),
  );
}

/** Somebody else has taken the upload over, or the batch was canceled under it. */
async function lost(database: Database, { batchId }: Upload): Promise<ProblemError> {
  const state = await readBatchState(database, batchId);
  if (state === 'canceling' || state === 'canceled')
    return new ProblemError('wrong_batch_state', 'The batch was canceled while it was uploaded');
  const headers = { 'Retry-After': '5' };
  return new ProblemError('upload_in_progress', 'Another upload of the same input has gone on', { headers });
}
