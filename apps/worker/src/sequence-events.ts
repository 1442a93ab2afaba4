import { SEQUENCED_MAX, sequenceEvents } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/**
 * A round of giving committed events their positions. Of many at once the next thousand follow without waiting.
 *
 * @param more called when there are more
 */
export function createSequencer({ db }: WorkerContext, more: () => void): () => Promise<void> {
  return async () => {
    if ((await sequenceEvents(db)) === SEQUENCED_MAX) more();
  };
}
