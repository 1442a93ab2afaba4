import { type Batch, PRIORITIES } from '@catwalk/contract';
import { estimateCost, type Money } from '@catwalk/core';
import type { BatchRow } from '@catwalk/infra/postgres';

/** What a batch is shown with. */
export interface BatchSurroundings {
  readonly livemode: boolean;
  /** What one image costs, where that is set. */
  readonly imagePrice: Money | null;
  /** Its open jobs by what they wait for. */
  readonly waiting: Readonly<Record<string, number>>;
}

/** The row as its client sees it. */
export function presentBatch(row: BatchRow, { livemode, imagePrice, waiting }: BatchSurroundings): Batch {
  return {
    id: row.id,
    object: 'batch',
    livemode,
    client: row.client,
    state: row.state,
    stateSince: row.stateSince.toISOString(),
    paused: presentPause(row),
    outcome: outcomeOf(row),
    format: row.format,
    total: row.total,
    counts: row.counts,
    failures: row.failures,
    waiting,
    invalidLines: { count: row.invalid, first: row.invalidLines },
    images: row.images,
    imagesBilled: row.imagesBilled,
    estimatedCost: imagePrice === null ? null : estimateCost(imagePrice, row.images),
    pilot: row.pilot,
    pauseOnFailures: presentGuard(row),
    maxImages: row.maxImages,
    priority: PRIORITIES[row.priority] ?? 'normal',
    expiresAt: timeOf(row.expiresAt),
    createdAt: row.createdAt.toISOString(),
    startedAt: timeOf(row.startedAt),
    estimatedEndAt: timeOf(estimatedEnd(row)),
    finishedAt: timeOf(row.finishedAt),
    updatedAt: row.updatedAt.toISOString(),
  };
}

function presentPause({ state, stateSince, pauseReason, pauseDetail, pausedBy }: BatchRow): Batch['paused'] {
  if (state !== 'paused' || pauseReason === null) return null;
  const actor = pausedBy ?? 'worker';
  const detail = pauseDetail ?? `${actor} has paused it; it goes on when somebody resumes it`;
  return { reason: pauseReason, detail, actor, since: stateSince.toISOString() };
}

function presentGuard({ failureRatio, failuresAfter }: BatchRow): Batch['pauseOnFailures'] {
  if (failureRatio === null || failuresAfter === null) return null;
  return { ratio: failureRatio, after: failuresAfter };
}

function outcomeOf({ state, counts }: BatchRow): Batch['outcome'] {
  if (state !== 'finished') return null;
  if (counts.failed + counts.canceled === 0) return 'all_succeeded';
  return counts.succeeded === 0 ? 'none_succeeded' : 'some_failed';
}

/** A batch that takes a century at its pace tells nobody when it ends. */
const AHEAD_MS_MAX = 100 * 365 * 24 * 3_600_000;

function estimatedEnd({ state, pace, counts, total, now }: BatchRow): Date | null {
  if (state !== 'running' || pace === null || pace <= 0) return null;
  const open = total - counts.succeeded - counts.failed - counts.canceled;
  const aheadMs = (open / pace) * 1_000;
  return aheadMs > AHEAD_MS_MAX ? null : new Date(now.getTime() + aheadMs);
}

function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
