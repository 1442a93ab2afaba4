import type { ListedTask } from '@catwalk/core';
import type { WorkerContext } from './context.js';
import type { SweepClock } from './sweep-clock.js';

/** An account's listing, read back to a time. Times are by our clock. */
export interface ReadListing {
  readonly tasks: readonly ListedTask[];
  /** All tasks made after it are among them. -Infinity: the listing ended; Infinity: that cannot be said. */
  readonly completeSinceMs: number;
}

const PAGE_SIZE = 100;
/**
 * The budget of one look, in requests: what an account can cost each `POLL_INTERVAL_MS`. 50 slots (the most an
 * account has) fill it in the grace and the margin only with tasks of less than ten seconds each.
 */
const REQUESTS_MAX = 30;

/**
 * Pages an account's listing back, newest first, until a task is older than `since`, the listing ends, or the
 * budget is used up. The provider may make its pages shorter than asked for, so a short page is not the last.
 *
 * @param from where to begin, by our clock; null: with the newest
 * @returns null when it cannot be asked or read
 */
export async function readListing(
  context: WorkerContext,
  account: string,
  range: { readonly since: Date; readonly from: Date | null },
  clock: SweepClock,
): Promise<ReadListing | null> {
  const tasks = new Map<string, ListedTask>();
  let completeSinceMs = Number.POSITIVE_INFINITY;
  let before = (range.from ?? clock.now()).getTime() + (range.from === null ? CLOCK_MARGIN_MS : 0);
  for (let asked = 0; asked < REQUESTS_MAX; asked += 1) {
    const look = await context.provider.tasks({
      email: account,
      createdBeforeMs: before,
      pageSize: PAGE_SIZE,
    });
    if (look.kind !== 'answered') return null;
    const skewMs = skewOf(look.dateHeader, clock.now());
    const page = look.value.tasks;
    if (page.length === 0) return ended(tasks, look.value.full ? completeSinceMs : Number.NEGATIVE_INFINITY);
    const known = tasks.size;
    for (const task of page) tasks.set(task.taskId, byOurClock(task, skewMs));
    const oldest = oldestOf(page, before);
    if (oldest === null) break;
    completeSinceMs = oldest - skewMs;
    if (completeSinceMs < range.since.getTime()) break;
    // One millisecond of overlap: tasks of the same instant may stand on both sides of a page's end.
    before = tasks.size > known ? oldest + 1 : oldest;
  }
  return ended(tasks, completeSinceMs);
}

/** Tasks made while the first page was asked for, by a clock ahead of ours. */
const CLOCK_MARGIN_MS = 86_400_000;

function ended(tasks: ReadonlyMap<string, ListedTask>, completeSinceMs: number): ReadListing {
  return { tasks: [...tasks.values()], completeSinceMs };
}

/** How far the provider's clock is ahead of ours; seconds are all a Date header tells. */
function skewOf(dateHeader: string | null, now: Date): number {
  const theirs = dateHeader === null ? Number.NaN : Date.parse(dateHeader);
  const skewMs = theirs - now.getTime();
  return Number.isNaN(skewMs) || Math.abs(skewMs) < 2_000 ? 0 : skewMs;
}

function byOurClock(task: ListedTask, skewMs: number): ListedTask {
  return task.createdAtMs === null ? task : { ...task, createdAtMs: task.createdAtMs - skewMs };
}

/** Null when a page's tasks tell no time, or when the provider did not heed the bound it was given. */
function oldestOf(page: readonly ListedTask[], before: number): number | null {
  const times = page.map((task) => task.createdAtMs ?? Number.NaN);
  const oldest = Math.min(...times);
  return Number.isNaN(oldest) || Math.max(...times) >= before ? null : oldest;
}
