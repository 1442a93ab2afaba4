import type { ListedTask } from '@catwalk/core';
import type { WorkerContext } from './context.js';

/** An account's listing, read back to a time. Times are by our clock. */
export interface ReadListing {
  readonly tasks: readonly ListedTask[];
  /** Nothing of ours can be hidden behind the last page. */
  readonly exhausted: boolean;
}

const PAGE_SIZE = 100;
/** Requests that one search may cost an account. */
const PAGES_MAX = 10;

/**
 * Pages an account's listing back, newest first, until a page brings nothing new or is older than `since`.
 * The provider may make its pages shorter than asked for, so a short page is not the last.
 *
 * @returns null when it cannot be asked or read
 */
export async function readListing(
  context: WorkerContext,
  account: string,
  since: Date,
  now: Date,
): Promise<ReadListing | null> {
  const tasks = new Map<string, ListedTask>();
  let before = now.getTime() + CLOCK_MARGIN_MS;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const look = await context.provider.tasks({
      email: account,
      createdBeforeMs: before,
      pageSize: PAGE_SIZE,
    });
    if (look.kind !== 'answered') return null;
    const skewMs = skewOf(look.dateHeader, now);
    const fresh = look.value.tasks.filter((task) => !tasks.has(task.taskId));
    if (fresh.length === 0) return { tasks: [...tasks.values()], exhausted: true };
    for (const task of fresh) tasks.set(task.taskId, byOurClock(task, skewMs));
    const oldest = oldestOf(fresh);
    if (oldest === null) return { tasks: [...tasks.values()], exhausted: false };
    if (oldest - skewMs < since.getTime()) return { tasks: [...tasks.values()], exhausted: true };
    // One millisecond of overlap: tasks of the same instant may stand on both sides of a page's end.
    before = oldest + 1;
  }
  return { tasks: [...tasks.values()], exhausted: false };
}

/** Tasks made while the first page was asked for, by a clock ahead of ours. */
const CLOCK_MARGIN_MS = 86_400_000;

/** How far the provider's clock is ahead of ours; seconds are all a Date header tells. */
function skewOf(dateHeader: string | null, now: Date): number {
  const theirs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  const skewMs = theirs - now.getTime();
  return Number.isNaN(skewMs) || Math.abs(skewMs) < 2_000 ? 0 : skewMs;
}

function byOurClock(task: ListedTask, skewMs: number): ListedTask {
  return task.createdAtMs === null ? task : { ...task, createdAtMs: task.createdAtMs - skewMs };
}

function oldestOf(tasks: readonly ListedTask[]): number | null {
  const times = tasks.map((task) => task.createdAtMs ?? Number.NaN);
  const oldest = Math.min(...times);
  return Number.isNaN(oldest) ? null : oldest;
}
