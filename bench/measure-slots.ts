import type { SeenTask } from './contenders/simulator.js';

/** How well the provider's slots were used, by the provider's own clock. */
export interface SlotFigures {
  /** Share of the slots' time that tasks ran, as long as at least as many jobs as there are slots still waited. */
  readonly use: number;
  readonly seconds: number;
  /** The run time over that of a greedy optimum of the same drawn times. */
  readonly ofOptimum: number;
  /** From a task's end to the next accepted submit on its slot, while the backlog was as above. */
  readonly turnAroundsMs: { readonly p50: number; readonly p99: number };
}

/**
 * @param tasks those of a run, all of them, in the order in which they were accepted
 * @param slotsEach of every account that a task ran on
 */
export function measureSlots(tasks: readonly SeenTask[], accounts: number, slotsEach: number): SlotFigures {
  const slots = accounts * slotsEach;
  const from = tasks[0]?.startedAt ?? Number.NaN;
  const until = tasks[Math.max(0, tasks.length - slots)]?.startedAt ?? Number.NaN;
  const end = Math.max(...tasks.map((task) => task.endedAt));
  const planned = tasks.map((task) => task.plannedMs);
  const turnArounds = turnAroundsOf(tasks, slotsEach, until).sort((a, b) => a - b);
  const at = (share: number) => turnArounds[Math.floor(share * (turnArounds.length - 1))] ?? Number.NaN;
  return {
    use: occupiedMs(tasks, from, until) / (slots * (until - from)),
    seconds: (end - from) / 1_000,
    ofOptimum: (end - from) / listScheduleMs(planned, slots),
    turnAroundsMs: { p50: at(0.5), p99: at(0.99) },
  };
}

function occupiedMs(tasks: readonly SeenTask[], from: number, until: number): number {
  return tasks.reduce(
    (sum, task) => sum + Math.max(0, Math.min(task.endedAt, until) - Math.max(task.startedAt, from)),
    0,
  );
}

/** Greedy: in their order, each on the slot that is free first. */
function listScheduleMs(times: readonly number[], slots: number): number {
  const freeAt = new Array<number>(slots).fill(0);
  for (const time of times) {
    const first = freeAt.indexOf(Math.min(...freeAt));
    freeAt[first] = (freeAt[first] ?? 0) + time;
  }
  return Math.max(...freeAt);
}

/** An account's slots are alike: its n-th start beyond the first ones took the slot of its n-th end. */
function turnAroundsOf(tasks: readonly SeenTask[], slotsEach: number, until: number): number[] {
  const accounts = [...new Set(tasks.map((task) => task.account))];
  return accounts.flatMap((account) => {
    const own = tasks.filter((task) => task.account === account);
    const starts = own.map((task) => task.startedAt).sort((a, b) => a - b);
    const ends = own.map((task) => task.endedAt).sort((a, b) => a - b);
    return starts
      .slice(slotsEach)
      .flatMap((start, index) => (start > until ? [] : [start - (ends[index] ?? Number.NaN)]));
  });
}
