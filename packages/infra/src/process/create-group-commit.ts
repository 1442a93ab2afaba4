/** More work than may wait: the caller should be told to come back, before anything was done. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
}

export interface GroupCommitOptions<T, R> {
  /** Does a batch at once and answers for each item, in the same order. Rejecting rejects every item. */
  flush(items: T[]): Promise<R[]>;
  /** Bytes an item keeps in memory. */
  sizeOf(item: T): number;
  readonly maxItems?: number;
  readonly maxBatchBytes?: number;
  readonly maxWaitingBytes?: number;
  readonly maxWaitMs?: number;
  /**
   * From the end of a flush to the next, so that what comes meanwhile shares it. With it, 0 included, what comes
   * in the same turn of the event loop shares a flush too. Without it, a flush begins as soon as it may.
   */
  readonly restMs?: number;
}

export interface GroupCommit<T, R> {
  /** @throws OverloadedError at once, before the item is queued, when the bounds are reached */
  submit(item: T): Promise<R>;
  /** Whether `submit` would throw; asked before a body is read. `readingBytes` are on their way to it already. */
  isFull(readingBytes?: number): boolean;
  /** Items that wait for a flush, without those in flight. */
  waiting(): number;
  /** Resolves when nothing waits and nothing is in flight. */
  drain(): Promise<void>;
}

interface Entry<T, R> {
  readonly item: T;
  readonly size: number;
  readonly queuedAt: number;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/** While one flush is with the database, this process prepares the next: more than two would only be smaller. */
const FLUSHES_MAX = 2;
/** A flush has costs of its own: beside another one it must be worth them. */
const SECOND_FLUSH_ITEMS = 16;

/**
 * Lets many callers share one transaction. Idle, it flushes at once; while a flush is in flight it collects,
 * so that batches grow by themselves under load. What waits is bounded in bytes and time.
 *
 * Two flushes can be in flight at once and end in either order, as they can in two processes: the order of
 * items is kept within a flush only.
 */
export function createGroupCommit<T, R>(options: GroupCommitOptions<T, R>): GroupCommit<T, R> {
  const { maxItems = 256, maxBatchBytes = 4 * 1024 * 1024 } = options;
  const { maxWaitingBytes = 32 * 1024 * 1024, maxWaitMs = 5_000, restMs } = options;
  let queue: Entry<T, R>[] = [];
  let waitingBytes = 0;
  let inFlight = 0;
  let expiry: NodeJS.Timeout | null = null;
  let drained: (() => void)[] = [];
  let restUntil = 0;
  let isStarting = false;

  const isFull = (readingBytes = 0) => waitingBytes + readingBytes >= maxWaitingBytes;

  function submit(item: T): Promise<R> {
    if (isFull()) throw new OverloadedError('too much work is waiting');
    const size = options.sizeOf(item);
    return new Promise<R>((resolve, reject) => {
      queue.push({ item, size, queuedAt: performance.now(), resolve, reject });
      waitingBytes += size;
      if (isFlushDue()) startFlush();
      else watchOldest();
    });
  }

  function isFlushDue(): boolean {
    if (inFlight === 0) return true;
    return inFlight < FLUSHES_MAX && queue.length >= SECOND_FLUSH_ITEMS;
  }

  function startFlush(): void {
    if (isStarting) return;
    if (restMs === undefined || queue.length === 0) {
      flushNext();
      return;
    }
    isStarting = true;
    const start = () => {
      isStarting = false;
      flushNext();
    };
    const leftMs = restUntil - performance.now();
    if (leftMs > 0) setTimeout(start, leftMs);
    else setImmediate(start);
  }

  function flushNext(): void {
    rejectExpired();
    const batch = takeBatch();
    if (batch.length > 0) {
      inFlight += 1;
      run(batch).finally(afterFlush);
    } else if (inFlight === 0) settleIdle();
  }

  function afterFlush(): void {
    inFlight -= 1;
    restUntil = performance.now() + (restMs ?? 0);
    if (isFlushDue()) startFlush();
  }

  async function run(batch: Entry<T, R>[]): Promise<void> {
    try {
      const results = await options.flush(batch.map((entry) => entry.item));
      if (results.length !== batch.length) throw new Error('a flush must answer for each item');
      batch.forEach((entry, index) => {
        entry.resolve(results[index] as R);
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
  }

  function takeBatch(): Entry<T, R>[] {
    let bytes = 0;
    let count = 0;
    for (const entry of queue) {
      if (count === maxItems || (count > 0 && bytes + entry.size > maxBatchBytes)) break;
      bytes += entry.size;
      count += 1;
    }
    return take(count);
  }

  function take(count: number): Entry<T, R>[] {
    const taken = queue.slice(0, count);
    queue = queue.slice(count);
    for (const entry of taken) waitingBytes -= entry.size;
    return taken;
  }

  function rejectExpired(): void {
    const now = performance.now();
    const fresh = queue.findIndex((entry) => now - entry.queuedAt < maxWaitMs);
    for (const entry of take(fresh === -1 ? queue.length : fresh))
      entry.reject(new OverloadedError('it waited too long to be written'));
  }

  /** A flush that hangs must not keep those behind it waiting for ever: one timer, for the oldest. */
  function watchOldest(): void {
    const oldest = queue[0];
    if (expiry !== null || oldest === undefined) return;
    const leftMs = oldest.queuedAt + maxWaitMs - performance.now();
    expiry = setTimeout(
      () => {
        expiry = null;
        rejectExpired();
        watchOldest();
      },
      Math.max(1, Math.ceil(leftMs)),
    );
  }

  function settleIdle(): void {
    if (expiry !== null) clearTimeout(expiry);
    expiry = null;
    for (const resolve of drained) resolve();
    drained = [];
  }

  async function drain(): Promise<void> {
    if (inFlight === 0 && queue.length === 0) return;
    await new Promise<void>((resolve) => drained.push(resolve));
  }

  return { submit, isFull, waiting: () => queue.length, drain };
}
