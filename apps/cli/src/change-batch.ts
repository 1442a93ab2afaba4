import type { Batch } from '@catwalk/client';
import type { Priority } from '@catwalk/contract';
import { batchLines } from './describe-batch.js';
import { firstFailures } from './first-failures.js';
import { EXIT, type Session } from './session.js';
import { shellCommand } from './shell-command.js';

export type Change = 'status' | 'cancel' | 'pause' | { readonly priority: Priority };

/** Looks at a batch or changes it, and shows how it stands then. @returns the exit code */
export async function changeBatch(session: Session, change: Change, id: string): Promise<number> {
  const batch = await apply(session, change, id);
  session.answer(batch);
  session.say(...batchLines(batch), ...(await failuresOf(session, change, batch)));
  return EXIT.fine;
}

/** Named where somebody looks at a batch that has ended. */
async function failuresOf(session: Session, change: Change, batch: Batch): Promise<string[]> {
  const hasEnded = batch.state === 'finished' || batch.state === 'canceled';
  if (change !== 'status' || !hasEnded) return [];
  const all = shellCommand('batch', 'results', batch.id, '--status', 'failed', '--format', 'csv');
  return firstFailures(session, batch, `\`${all}\``);
}

function apply(
  { catwalk: { batches }, around: { signal } }: Session,
  change: Change,
  id: string,
): Promise<Batch> {
  switch (change) {
    case 'status':
      return batches.get(id, { signal });
    case 'cancel':
      return batches.cancel(id, { signal });
    case 'pause':
      return batches.pause(id, { signal });
    default:
      return batches.setPriority(id, change.priority, { signal });
  }
}
