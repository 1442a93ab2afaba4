import type { Batch } from '@catwalk/client';
import type { Priority } from '@catwalk/contract';
import { batchLines } from './describe-batch.js';
import { EXIT, type Session } from './session.js';

export type Change = 'status' | 'cancel' | 'pause' | { readonly priority: Priority };

/** Looks at a batch or changes it, and shows how it stands then. @returns the exit code */
export async function changeBatch(session: Session, change: Change, id: string): Promise<number> {
  const batch = await apply(session, change, id);
  session.answer(batch);
  session.say(...batchLines(batch));
  return EXIT.fine;
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
