import { parseBatchId } from '@catwalk/contract';
import { batchLines } from './describe-batch.js';
import { tryOnLines } from './describe-try-on.js';
import { EXIT, type Session } from './session.js';

/** A try-on or a batch. @returns the exit code */
export async function showOne(session: Session, _: unknown, id = ''): Promise<number> {
  const { tryOns, batches } = session.catwalk;
  const { signal } = session.around;
  if (parseBatchId(id) !== null) {
    const batch = await batches.get(id, { signal });
    session.answer(batch);
    session.say(...batchLines(batch));
  } else {
    const tryOn = await tryOns.get(id, { signal });
    session.answer(tryOn);
    session.say(...tryOnLines(tryOn));
  }
  return EXIT.fine;
}
