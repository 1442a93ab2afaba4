import { explainWaiting } from '@catwalk/core';
import type { AccountRooms, BatchRow, BatchWaitingGroup } from '@catwalk/infra/postgres';

type Counts = Record<string, number>;

/**
 * The open jobs of a batch by what they wait for; they add up to its open counts, whatever moved between the reads
 * of the two.
 *
 * @param groups its queued jobs; of a batch that is held they are not needed
 */
export function countWaiting(
  row: BatchRow,
  groups: readonly BatchWaitingGroup[],
  rooms: AccountRooms,
): Counts {
  const { counts } = row;
  const waiting: Counts = {};
  add(waiting, 'provider_answer', counts.submitting);
  add(waiting, 'submission_evidence', counts.unconfirmed);
  add(waiting, 'provider_result', counts.processing);
  for (const [code, count] of queuedByCode(row, groups, rooms)) add(waiting, code, count);
  return waiting;
}

/** Whether none of its queued jobs may start. One that has ended holds nothing: who asks for a job of it again means it. */
export function isHeld({ state }: BatchRow): boolean {
  return state === 'receiving' || state === 'paused' || state === 'canceling';
}

function queuedByCode(
  row: BatchRow,
  groups: readonly BatchWaitingGroup[],
  rooms: AccountRooms,
): Map<string, number> {
  const { queued } = row.counts;
  if (isHeld(row)) return new Map([[heldCode(row), queued]]);
  const byCode = new Map<string, number>();
  for (const group of groups) {
    const count = (code: string, jobs: number) => {
      if (jobs > 0) byCode.set(code, (byCode.get(code) ?? 0) + jobs);
    };
    if (row.piloting && !isPilot(group.flow)) count('pilot_review', group.due + group.notDue);
    else {
      count(codeOf(row, group, rooms), group.due);
      count('retry_time', group.notDue);
    }
  }
  return fitted(byCode, queued);
}

function heldCode({ state, pauseReason }: BatchRow): string {
  return state === 'paused' && pauseReason === 'pilot_review' ? 'pilot_review' : 'batch_paused';
}

function isPilot(flow: string): boolean {
  return / pilot(?: |#|$)/.test(flow);
}

/** Why the jobs of a group that are due wait: all of them for the same. */
function codeOf(
  row: BatchRow,
  { lane, inputsChecked, flow }: BatchWaitingGroup,
  rooms: AccountRooms,
): string {
  const maxJobs = / max (\d+)(?:#|$)/.exec(flow)?.[1];
  const waiting = explainWaiting({
    status: 'queued',
    statusSince: row.createdAt,
    dueAt: row.createdAt,
    now: row.now,
    email: lane === '*' ? null : lane,
    maxJobs: maxJobs === undefined ? null : Number(maxJobs),
    client: row.client,
    batchId: row.id,
    imageCount: Number(/#(\d)$/.exec(flow)?.[1] ?? 1),
    accounts: rooms.accounts,
    paused: rooms.paused,
    budgets: rooms.budgets,
    silent: rooms.silent,
    checksInputs: rooms.checksInputs,
    inputsChecked,
    provider: rooms.provider,
    attemptDeadlineAt: null,
  });
  return waiting?.code ?? 'queue_turn';
}

/** The groups were counted a moment later, and not to the end: the largest takes what is over, or gives it. */
function fitted(byCode: ReadonlyMap<string, number>, queued: number): Map<string, number> {
  const largestFirst = [...byCode].sort(([, a], [, b]) => b - a);
  let over = queued - largestFirst.reduce((sum, [, count]) => sum + count, 0);
  if (largestFirst.length === 0) return new Map([['queue_turn', queued]]);
  return new Map(
    largestFirst.map(([code, count]) => {
      const taken = Math.max(0, count + over);
      over -= taken - count;
      return [code, taken];
    }),
  );
}

function add(waiting: Counts, code: string, count: number): void {
  if (count > 0) waiting[code] = (waiting[code] ?? 0) + count;
}
