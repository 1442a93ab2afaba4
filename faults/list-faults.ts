import type { Fault } from './rig/fault.js';
import { postgresRows } from './rows/break-postgres.js';
import { providerRows } from './rows/break-provider.js';
import { crashRows } from './rows/crash-worker.js';
import { freezeRows } from './rows/freeze-writer.js';
import { defaultRows } from './rows/keep-default-waits.js';
import { killRows } from './rows/kill-processes.js';
import { callbackRows } from './rows/lose-callbacks.js';
import { queueRows } from './rows/lose-queue.js';
import { retryRows } from './rows/retry-jobs.js';
import { clockRows } from './rows/shift-clocks.js';
import { swallowRows } from './rows/swallow-packets.js';

/** Every row of the report, in its order. */
export const faults: readonly Fault[] = [
  // The longest come first, so that nothing waits for them.
  ...crashRows,
  ...defaultRows,
  ...killRows,
  ...providerRows,
  ...queueRows,
  ...postgresRows,
  ...swallowRows,
  ...callbackRows,
  ...retryRows,
  ...freezeRows,
  ...clockRows,
];
