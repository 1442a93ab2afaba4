import type { Batch } from '@catwalk/client';
import { parseBatchId } from '@catwalk/contract';
import { counted, pausedLines } from './describe-batch.js';
import { whyLines } from './describe-try-on.js';
import { EXIT, type Session } from './session.js';

/** Why a try-on or a batch is where it is. @returns the exit code */
export async function showWhy(session: Session, _: unknown, id = ''): Promise<number> {
  const { tryOns, batches } = session.catwalk;
  const { signal } = session.around;
  if (parseBatchId(id) !== null) {
    const batch = await batches.get(id, { signal });
    const { state, paused, waiting, failures, outcome } = batch;
    session.answer({ id, state, paused, waiting, failures, outcome });
    session.say(...whyOf(batch));
  } else {
    const tryOn = await tryOns.get(id, { signal });
    const { status, waitingFor, error } = tryOn;
    session.answer({ id, status, waitingFor, error });
    session.say(...whyLines(tryOn));
  }
  return EXIT.fine;
}

function whyOf(batch: Batch): string[] {
  const waiting = counted(batch.waiting);
  const failures = counted(batch.failures);
  return [
    batch.outcome === null ? batch.state : `${batch.state}: ${batch.outcome.replaceAll('_', ' ')}`,
    ...pausedLines(batch),
    ...(waiting === '' ? [] : [`waiting: ${waiting}`]),
    ...(failures === '' ? [] : [`failed: ${failures}`]),
  ];
}
