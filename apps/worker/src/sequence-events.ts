import { type CarriedJob, SEQUENCED_MAX, sequenceEvents } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/**
 * A round of giving committed events their positions. Of many at once the next thousand follow without waiting.
 *
 * @param on.more called when there are more
 * @param on.published called when some were given one
 * @param on.carried takes the deliveries that are to be put into the lane
 */
export function createSequencer(
  { db }: WorkerContext,
  on: {
    readonly more: () => void;
    readonly published: () => void;
    readonly carried: (jobs: readonly CarriedJob[], isFull: boolean) => Promise<void>;
  },
): () => Promise<void> {
  return async () => {
    let adding: Promise<void> | undefined;
    const count = await sequenceEvents(db, (jobs, isFull) => {
      adding = on.carried(jobs, isFull);
    });
    if (count > 0) on.published();
    if (count === SEQUENCED_MAX) on.more();
    await adding;
  };
}
