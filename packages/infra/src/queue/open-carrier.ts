import { carryJobs, type Database, notifyWork } from '../postgres/index.js';
import type { Lanes } from './open-lanes.js';

/** Tops the lanes up, at most once at a time; wakes that come meanwhile make one more round. */
export interface Carrier {
  wake(): void;
  close(): Promise<void>;
}

/**
 * Every process that makes or frees work carries: the API after an insert, the worker when notified and each
 * second. What is marked as carried but does not reach its lane is found again by the worker.
 */
export function openCarrier(
  db: Database,
  lanes: Lanes,
  hooks: { readonly onCarried?: (count: number) => void; readonly onError: (error: unknown) => void },
): Carrier {
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  const round = async (): Promise<void> => {
    do {
      again = false;
      const carried = await carryJobs(db);
      if (carried.length === 0) continue;
      await lanes.add(carried);
      await notifyWork(db);
      hooks.onCarried?.(carried.length);
    } while (again && !closed);
  };
  const wake = (): void => {
    again = true;
    if (closed || running !== undefined) return;
    running = round()
      .catch(hooks.onError)
      .finally(() => {
        running = undefined;
        if (again) wake();
      });
  };
  return {
    wake,
    close: async () => {
      closed = true;
      await running;
    },
  };
}
