import { explainWaiting } from '@catwalk/core';
import {
  type AccountRooms,
  type BatchRow,
  type BatchWaitingGroup,
  COPY_LANE,
  type ShownBatchRow,
} from '@catwalk/infra/postgres';

type Counts = Record<string, number>;

/** The open jobs of a batch by what they wait for; they add up to its open counts. */
export function countWaiting(row: ShownBatchRow, rooms: AccountRooms): Counts {
  const { counts } = row;
  const waiting: Counts = {};
  add(waiting, 'provider_answer', counts.submitting);
  add(waiting, 'submission_evidence', counts.unconfirmed);
  add(waiting, 'provider_result', counts.processing);
  for (const [code, count] of queuedByCode(row, rooms)) add(waiting, code, count);
  return waiting;
}

function queuedByCode(row: ShownBatchRow, rooms: AccountRooms): Map<string, number> {
  const byCode = new Map<string, number>();
  for (const group of row.waitingGroups)
    for (const [jobs, dueAt] of [
      [group.due, row.now],
      [group.notDue, new Date(row.now.getTime() + 1)],
    ] as const) {
      const code = codeOf(row, group, dueAt, rooms);
      byCode.set(code, (byCode.get(code) ?? 0) + jobs);
    }
  return fitted(byCode, row.counts.queued, codeOf(row, ANY_GROUP, row.now, rooms));
}

type GroupKind = Pick<BatchWaitingGroup, 'lane' | 'inputsChecked' | 'flow'>;

/** Where no groups are known: of a batch that is held all wait for the same. */
const ANY_GROUP: GroupKind = { lane: '*', inputsChecked: true, flow: '' };

/** Why the jobs of a group wait: all that are due at that time for the same. */
function codeOf(row: BatchRow, group: GroupKind, dueAt: Date, rooms: AccountRooms): string {
  const { lane, inputsChecked, flow } = group;
  const { state, stateSince, pauseReason, pauseDetail, piloting } = row;
  const isPilot = / pilot(?: |#|$)/.test(flow);
  const maxJobs = / max (\d+)(?:#|$)/.exec(flow)?.[1];
  const waiting = explainWaiting({
    ...rooms,
    status: 'queued',
    statusSince: row.createdAt,
    dueAt,
    now: row.now,
    email: lane === '*' || lane === COPY_LANE ? null : lane,
    maxJobs: maxJobs === undefined ? null : Number(maxJobs),
    client: row.client,
    batchId: row.id,
    batch: { state, stateSince, pauseReason, pauseDetail, piloting, isPilot },
    imageCount: Number(/#(\d)$/.exec(flow)?.[1] ?? 1),
    inputsChecked,
    isCopying: lane === COPY_LANE,
    attemptDeadlineAt: null,
  });
  return waiting?.code ?? 'queue_turn';
}

/** Large groups were not counted to the end, and those of a batch that is held not at all: the largest takes what is over, or gives it. */
function fitted(byCode: ReadonlyMap<string, number>, queued: number, otherwise: string): Map<string, number> {
  const largestFirst = [...byCode].sort(([, a], [, b]) => b - a);
  let over = queued - largestFirst.reduce((sum, [, count]) => sum + count, 0);
  if (largestFirst.length === 0) return new Map([[otherwise, queued]]);
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
