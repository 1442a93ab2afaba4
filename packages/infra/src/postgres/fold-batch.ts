import {
  BATCH_STATES,
  type BatchChange,
  type BatchCounts,
  type BatchMove,
  countChanges,
  GUARD_TO_BE_SET,
  judgeBatch,
  type PilotCounts,
  paceAfter,
} from '@catwalk/core';
import { z } from 'zod';

/** A batch as it was locked for the fold. */
export type LockedBatchRow = z.output<typeof lockedBatchRow>;

const lockedBatchRow = z.object({
  id: z.string(),
  client: z.string(),
  state: z.enum(BATCH_STATES),
  stateSince: z.date(),
  pausedBy: z.string().nullable(),
  piloting: z.boolean(),
  failureRatio: z.number().nullable(),
  failuresAfter: z.number().nullable(),
  guardEnded: z.number(),
  guardFailed: z.number(),
  maxImages: z.number().nullable(),
  total: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  canceled: z.number(),
  failures: z.record(z.string(), z.number()),
  imagesBilled: z.number(),
  pace: z.number().nullable(),
  pacedAt: z.date().nullable(),
  startedAt: z.date().nullable(),
  isBeingRetried: z.boolean().nullable(),
  now: z.date(),
});

export function parseLockedBatches(rows: readonly unknown[]): LockedBatchRow[] {
  return rows.map((row) => lockedBatchRow.parse(row));
}

/** What is known of a batch besides its row. */
interface BatchNews {
  readonly changes: readonly BatchChange[];
  /** Whether these are all changes there are. */
  readonly complete: boolean;
  readonly pilot: PilotCounts | null;
  readonly startedAt: Date | null;
}

/** A batch with its news counted, what it becomes by them, and what is to be written; null: nothing. */
export interface FoldedBatch {
  readonly row: LockedBatchRow;
  readonly counts: BatchCounts;
  readonly move: BatchMove | null;
  readonly columns: Readonly<Record<string, unknown>> | null;
}

/** Pauses and resumes by nobody in particular. */
const ACTOR = 'worker';
/** While nothing ends, the pace is written this often. */
const IDLE_PACE_S = 5;

/** Counts what happened to a locked batch, and judges it. Pure. */
export function foldBatch(row: LockedBatchRow, news: BatchNews): FoldedBatch {
  const counts = countChanges(row, news.changes, news.complete);
  const { failureRatio: ratio, failuresAfter: after } = row;
  const move = judgeBatch({
    ...counts,
    state: row.state,
    total: row.total,
    pilot: news.pilot,
    pauseOnFailures: ratio === null || after === null ? null : { ratio, after },
    isUnsettled: row.isBeingRetried === true || !news.complete,
  });
  const pace = paceOf(row, news.changes);
  const startedAt = row.startedAt ?? news.startedAt;
  const isSame =
    news.changes.length === 0 &&
    move === null &&
    pace.pacedAt === row.pacedAt &&
    startedAt === row.startedAt &&
    counts.guardEnded === row.guardEnded;
  const columns = isSame
    ? null
    : { id: row.id, ...columnsOf(counts, pace, startedAt), ...columnsOfMove(move, row.now) };
  return { row, counts, move, columns };
}

type Pace = Pick<LockedBatchRow, 'pace' | 'pacedAt'>;

function paceOf(row: LockedBatchRow, changes: readonly BatchChange[]): Pace {
  const jobs = changes
    .filter((change) => change.was === null && change.ended !== null)
    .reduce((sum, change) => sum + change.jobs, 0);
  const secondsSince = (at: Date) => (row.now.getTime() - at.getTime()) / 1_000;
  const sinceLastS = secondsSince(row.pacedAt ?? row.stateSince);
  const tellsNothing = jobs === 0 && (row.pace === null || sinceLastS < IDLE_PACE_S);
  if (row.state !== 'running' || tellsNothing) return { pace: row.pace, pacedAt: row.pacedAt };
  const pace = paceAfter(row.pace, jobs, { sinceLastS, sinceRunningS: secondsSince(row.stateSince) });
  return { pace, pacedAt: row.now };
}

function columnsOf(counts: BatchCounts, { pace, pacedAt }: Pace, startedAt: Date | null) {
  return {
    succeeded: counts.succeeded,
    failed: counts.failed,
    canceled: counts.canceled,
    failures: counts.failures,
    images_billed: counts.imagesBilled,
    guard_ended: counts.guardEnded,
    guard_failed: counts.guardFailed,
    pace,
    paced_at: pacedAt,
    started_at: startedAt,
  };
}

function columnsOfMove(move: BatchMove | null, now: Date): Record<string, unknown> {
  if (move === null) return {};
  if (move.kind === 'running')
    return { state: 'running', pace: null, paced_at: now, guard_ended: GUARD_TO_BE_SET, guard_failed: 0 };
  if (move.kind !== 'paused') return { state: move.kind };
  return { state: 'paused', pause_reason: move.reason, pause_detail: move.detail, paused_by: ACTOR };
}
