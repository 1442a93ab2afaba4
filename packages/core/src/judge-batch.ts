import type { ErrorCode } from './failure.js';

/** `batch.guard_ended` until the next fold has written what had ended when counting began anew. */
export const GUARD_TO_BE_SET = -1;

export const BATCH_STATES = ['receiving', 'running', 'paused', 'canceling', 'canceled', 'finished'] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** Why a batch is paused: by a person, by a pilot that has ended, or by too many failures. */
export const BATCH_PAUSE_REASONS = ['person', 'pilot_review', 'failures'] as const;
export type BatchPauseReason = (typeof BATCH_PAUSE_REASONS)[number];

/** What of a batch has ended, and since when failures are counted. */
export interface BatchCounts {
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
  /** The failed ones by their code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly imagesBilled: number;
  /** What had ended, and failed, when counting for the guard began; {@link GUARD_TO_BE_SET} until that is known. */
  readonly guardEnded: number;
  readonly guardFailed: number;
}

/** Of the pilot's jobs, where they stand. */
export interface PilotCounts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly canceled: number;
}

/** What decides how a batch goes on. */
export interface BatchFacts extends BatchCounts {
  readonly state: BatchState;
  readonly total: number;
  /** Its pilot, while all others wait for it; else null. */
  readonly pilot: PilotCounts | null;
  readonly pauseOnFailures: { readonly ratio: number; readonly after: number } | null;
  /** Jobs of it are being queued again, or not all that ended is counted: that none is open says nothing. */
  readonly isUnsettled: boolean;
}

/** What a batch becomes by itself, and why it pauses. */
export type BatchMove =
  | { readonly kind: 'finished' }
  | { readonly kind: 'canceled' }
  /** It was finished, and a job of it is open again. */
  | { readonly kind: 'running' }
  | { readonly kind: 'paused'; readonly reason: 'pilot_review' | 'failures'; readonly detail: string };

/**
 * What becomes of a batch by what has ended of it; null: it stays as it is. One of which nothing is open ends,
 * also while it is paused, and runs again when somebody retries a job of it; a pilot that has ended waits for a person, and so does one of which too much failed.
 */
export function judgeBatch(batch: BatchFacts): BatchMove | null {
  const isOpen = endedOf(batch) < batch.total || batch.isUnsettled;
  switch (batch.state) {
    case 'canceling':
      return isOpen ? null : { kind: 'canceled' };
    case 'paused':
      return isOpen ? null : { kind: 'finished' };
    case 'running':
      return isOpen ? (judgeFailures(batch) ?? judgePilot(batch.pilot)) : { kind: 'finished' };
    case 'finished':
      return endedOf(batch) < batch.total ? { kind: 'running' } : null;
    case 'receiving':
    case 'canceled':
      return null;
  }
}

function judgePilot(pilot: PilotCounts | null): BatchMove | null {
  if (pilot === null || endedOf(pilot) < pilot.total) return null;
  const parts = [`${pilot.succeeded} succeeded`, `${pilot.failed} failed`];
  if (pilot.canceled > 0) parts.push(`${pilot.canceled} were canceled`);
  const detail = `The pilot of ${pilot.total} has ended: ${parts.join(', ')}; it goes on when a person resumes it`;
  return { kind: 'paused', reason: 'pilot_review', detail };
}

/** Canceled jobs count neither way: they say nothing about the others. */
function judgeFailures(batch: BatchFacts): BatchMove | null {
  const { pauseOnFailures: guard, guardEnded, guardFailed } = batch;
  if (guard === null || guardEnded === GUARD_TO_BE_SET) return null;
  const ended = batch.succeeded + batch.failed - guardEnded;
  const failed = batch.failed - guardFailed;
  if (ended < guard.after || failed / ended < guard.ratio) return null;
  const percent = Math.round((100 * failed) / ended);
  const code = commonest(batch.failures);
  const most = code === null ? '' : `, most often ${code}`;
  const detail = `${failed} of ${ended} failed (${percent} %)${most}; it goes on when a person resumes it`;
  return { kind: 'paused', reason: 'failures', detail };
}

function commonest(failures: Readonly<Record<string, number>>): string | null {
  const sorted = Object.entries(failures).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted[0]?.[0] ?? null;
}

function endedOf(counts: Pick<PilotCounts, 'succeeded' | 'failed' | 'canceled'>): number {
  return counts.succeeded + counts.failed + counts.canceled;
}

/** So many jobs whose ends, or the ends of whose ends, were alike. */
export interface BatchChange {
  readonly was: EndedStatus | null;
  readonly wasCode: ErrorCode | null;
  readonly ended: EndedStatus | null;
  readonly code: ErrorCode | null;
  readonly jobs: number;
  readonly imagesBilled: number;
}
type EndedStatus = 'succeeded' | 'failed' | 'canceled';

/**
 * The counts after some changes. A failure that is none any more is none for the guard either: of those that it
 * does not count there are fewer then.
 *
 * @param complete whether all changes of the batch there are have been counted
 */
export function countChanges(
  counts: BatchCounts,
  changes: readonly BatchChange[],
  complete: boolean,
): BatchCounts {
  const next = { ...counts, failures: { ...counts.failures } };
  for (const change of changes) {
    next.imagesBilled += change.imagesBilled;
    if (change.was !== null) next[change.was] -= change.jobs;
    if (change.ended !== null) next[change.ended] += change.jobs;
    if (change.was === 'failed') countCode(next.failures, change.wasCode, -change.jobs);
    if (change.ended === 'failed') countCode(next.failures, change.code, change.jobs);
    if (change.was === 'failed' && change.ended === null && next.guardEnded !== GUARD_TO_BE_SET) {
      next.guardEnded = Math.max(0, next.guardEnded - change.jobs);
      next.guardFailed = Math.max(0, next.guardFailed - change.jobs);
    }
  }
  if (!complete || next.guardEnded !== GUARD_TO_BE_SET) return next;
  return { ...next, guardEnded: next.succeeded + next.failed, guardFailed: next.failed };
}

function countCode(failures: Record<string, number>, code: ErrorCode | null, jobs: number): void {
  const key = code ?? 'unknown';
  const count = (failures[key] ?? 0) + jobs;
  if (count === 0) delete failures[key];
  else failures[key] = count;
}

const PACE_OVER_S = 60;

/**
 * How many jobs of a running batch end in a second: a mean since it runs, of which older minutes count less and
 * less.
 *
 * @param times in seconds: since the pace was last taken, and since the batch runs
 */
export function paceAfter(
  pace: number | null,
  jobs: number,
  times: { readonly sinceLastS: number; readonly sinceRunningS: number },
): number | null {
  const { sinceLastS, sinceRunningS } = times;
  if (sinceLastS <= 0) return pace;
  const weight = Math.min(1, Math.max(1 - Math.exp(-sinceLastS / PACE_OVER_S), sinceLastS / sinceRunningS));
  return (pace ?? 0) + weight * (jobs / sinceLastS - (pace ?? 0));
}
