import { CARRIED, carryJobs, type Database, notifyWork } from '../postgres/index.js';
import type { Lanes } from './open-lanes.js';

/** Tops the lanes up, at most once at a time; wakes that come meanwhile make one more round. */
export interface Carrier {
  wake(): void;
  close(): Promise<void>;
}

/**
 * From the end of a round to the next. A lane holds as many jobs as its slots, which do not run through it in
 * this time; what comes meanwhile is carried together.
 */
const REST_MS = 50;
/**
 * After a round that carried nothing: the lanes are full, there is nothing, or another process is at it. Whoever
 * stores a new job carries it by itself.
 */
const VAIN_REST_MS = 150;

/**
 * Every process that makes or frees work carries: the API after an insert, the worker when notified and each
 * second. What is marked as carried but does not reach its lane is found again by the worker.
 */
export function openCarrier(
  db: Database,
  lanes: Lanes,
  hooks: {
    readonly onCarried?: (count: number) => void;
    /** Told of every round that did not fail, whether or not there was anything to carry. */
    readonly onWorked?: () => void;
    readonly onError: (error: unknown) => void;
  },
): Carrier {
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let restMs = REST_MS;
  let restUntil = 0;
  let rest: NodeJS.Timeout | undefined;
  const round = async (): Promise<void> => {
    again = false;
    const carried = await carryJobs(db);
    restMs = carried.length === 0 ? VAIN_REST_MS : REST_MS;
    if (carried.length === 0) return;
    await lanes.add(carried);
    await notifyWork(db.prisma, CARRIED);
    hooks.onCarried?.(carried.length);
  };
  const run = (): void => {
    rest = undefined;
    running = round()
      .then(() => hooks.onWorked?.())
      .catch(hooks.onError)
      .finally(() => {
        running = undefined;
        restUntil = performance.now() + restMs;
        if (again) wake();
      });
  };
  const wake = (): void => {
    again = true;
    if (closed || running !== undefined || rest !== undefined) return;
    const leftMs = restUntil - performance.now();
    if (leftMs <= 0) run();
    else rest = setTimeout(run, leftMs);
  };
  return {
    wake,
    close: async () => {
      closed = true;
      clearTimeout(rest);
      await running;
    },
  };
}
