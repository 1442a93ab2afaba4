import { setTimeout as wait } from 'node:timers/promises';
import type { Batch } from '@catwalk/client';
import type { Downloads } from './download-pictures.js';
import type { KeptPictures } from './keep-pictures.js';
import type { Session } from './session.js';
import { showProgress } from './show-progress.js';

const LOOK_MS = 1_000;
/** About a minute in all: a restart of the API does not end the run. */
const MAX_RETRIES = 10;

/**
 * Fetches the pictures of a batch as they come, until nothing more comes of it: it has finished, was canceled, or is
 * paused and nothing is in flight any more.
 */
export async function followBatch(
  session: Session,
  id: string,
  kept: KeptPictures,
  downloads: Downloads,
): Promise<Batch> {
  const ending = new AbortController();
  const signal = AbortSignal.any([session.around.signal, ending.signal]);
  const call = { signal, maxRetries: MAX_RETRIES };
  const progress = showProgress(session);
  let latest = await session.catwalk.batches.get(id, call);
  const watch = async () => {
    for (;;) {
      progress.update(latest, downloads.saved);
      if (isOver(latest)) return;
      await wait(LOOK_MS, undefined, { signal });
      latest = await session.catwalk.batches.get(id, call);
    }
  };
  const collect = async () => {
    let after: string | undefined;
    for (;;) {
      // What had ended when this was seen is in the results that are read after it.
      const seen = latest;
      for await (const result of session.catwalk.batches.results(id, {
        ...call,
        status: 'succeeded',
        after,
      })) {
        after = result.position;
        for (const picture of await kept.missingOf(result)) await downloads.add(picture);
      }
      if (isOver(seen)) return;
      await wait(LOOK_MS / 2, undefined, { signal });
    }
  };
  try {
    await Promise.all([watch(), collect().then(() => downloads.drain())]);
    progress.update(latest, downloads.saved);
    return latest;
  } catch (error) {
    session.around.signal.throwIfAborted();
    throw error;
  } finally {
    ending.abort();
    progress.stop();
  }
}

/** Whether nothing more comes of it by itself. */
export function isOver({ state, counts }: Batch): boolean {
  if (state === 'finished' || state === 'canceled') return true;
  return state === 'paused' && counts.submitting + counts.unconfirmed + counts.processing === 0;
}
