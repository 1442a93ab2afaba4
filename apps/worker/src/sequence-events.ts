import { SEQUENCED_MAX, sequenceEvents } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/**
 * A round of giving committed events their positions. Of many at once the next thousand follow without waiting.
 *
 * @param on.more called when there are more
 * @param on.published called when some were given one
 */
export function createSequencer(
  { db }: WorkerContext,
  on: { readonly more: () => void; readonly published: () => void },
): () => Promise<void> {
  return async () => {
    const count = await sequenceEvents(db);
    if (count > 0) on.published();
    if (count === SEQUENCED_MAX) on.more();
  };
}
