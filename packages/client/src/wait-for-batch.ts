import type { Batch, BatchState } from '@catwalk/contract';
import type { CallOptions } from './request.js';
import { waitMs } from './wait-ms.js';

const FIRST_POLL_MS = 500;
const POLL_MS_MAX = 5_000;
const GROWTH = 1.5;

export interface BatchWaitOptions extends CallOptions {
  /** Called with every look at the batch. What it throws ends the wait. */
  readonly onProgress?: ((batch: Batch) => void) | undefined;
  /** Milliseconds between the first looks, 500 unless told; they become rarer, up to 5 s. */
  readonly pollMs?: number | undefined;
  /** Resolves also when the batch is paused: a person has to look at it. */
  readonly untilPaused?: boolean | undefined;
}

type End = 'open' | 'paused' | 'over';
const END: Readonly<Record<BatchState, End>> = {
  receiving: 'open',
  running: 'open',
  paused: 'paused',
  canceling: 'open',
  canceled: 'over',
  finished: 'over',
};

/** Looks at a batch until it is finished or canceled. */
export async function waitForBatch(
  get: (id: string, options: CallOptions) => Promise<Batch>,
  id: string,
  { onProgress, pollMs = FIRST_POLL_MS, untilPaused = false, ...options }: BatchWaitOptions,
): Promise<Batch> {
  for (let intervalMs = pollMs; ; intervalMs = nextIntervalMs(intervalMs)) {
    const batch = await get(id, options);
    onProgress?.(batch);
    const end = END[batch.state];
    if (end === 'over' || (end === 'paused' && untilPaused)) return batch;
    await waitMs(intervalMs * (0.75 + Math.random() / 2), options.signal);
  }
}

/** Who asks for longer intervals than ours keeps them. */
function nextIntervalMs(intervalMs: number): number {
  return Math.max(intervalMs, Math.min(POLL_MS_MAX, intervalMs * GROWTH));
}
