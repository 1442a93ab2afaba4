import type { TryOn, TryOnFilter } from '@catwalk/client';
import { tableLines } from './print-table.js';
import { EXIT, type Session } from './session.js';
import { takeFirst } from './take-first.js';

interface Wanted
  extends Pick<TryOnFilter, 'status' | 'customId' | 'createdAfter' | 'createdBefore' | 'order'> {
  readonly batch?: string;
  readonly limit: number;
}

/** Try-ons, newest first. @returns the exit code */
export async function listTryOns(session: Session, wanted: Wanted): Promise<number> {
  const { batch, limit, status, customId, createdAfter, createdBefore, order } = wanted;
  const pages = session.catwalk.tryOns.list({
    status,
    customId,
    createdAfter,
    createdBefore,
    order,
    batchId: batch,
    limit: Math.min(limit, 200),
    signal: session.around.signal,
  });
  const tryOns = await takeFirst(pages, limit);
  session.answer({ data: tryOns });
  session.say(...tableLines([['try-on', 'customId', 'status', 'because', 'created'], ...tryOns.map(rowOf)]));
  return EXIT.fine;
}

function rowOf({ id, customId, status, waitingFor, error, createdAt }: TryOn): string[] {
  return [id, customId ?? '', status, error?.code ?? waitingFor?.code ?? '', createdAt];
}
