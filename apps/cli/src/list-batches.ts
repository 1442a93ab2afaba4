import type { Batch, BatchState } from '@catwalk/client';
import { counted } from './describe-batch.js';
import { tableLines } from './print-table.js';
import { EXIT, type Session } from './session.js';
import { takeFirst } from './take-first.js';

/** The newest batches. @returns the exit code */
export async function listBatches(
  session: Session,
  { state, limit }: { readonly state?: BatchState; readonly limit: number },
): Promise<number> {
  const pages = session.catwalk.batches.list({
    state,
    limit: Math.min(limit, 200),
    signal: session.around.signal,
  });
  const batches = await takeFirst(pages, limit);
  session.answer({ data: batches });
  session.say(...tableLines([['batch', 'state', 'total', 'counts', 'created'], ...batches.map(rowOf)]));
  return EXIT.fine;
}

function rowOf({ id, state, outcome, total, counts, createdAt }: Batch): string[] {
  return [id, outcome ?? state, String(total), counted(counts), createdAt];
}
