import { announceEnd, announceProgress } from './announce-task.js';
import type { SimulatorContext } from './context.js';
import { isFinal, type Task } from './task.js';

/** The share of its time that a task stays `submitted`. */
const submittedShare = 0.3;

/** Sets the timers for what is left of a task; also called for those that a restart found unfinished. */
export function runTask(context: SimulatorContext, task: Task): void {
  const { durationMs, callback } = task.plan;
  const after = (share: number): number => Math.max(0, task.acceptedAt + durationMs * share - Date.now());
  if (task.plan.pictures === 'compose') void context.pictures.prepare(task);
  // Ended by the submit itself, before its answer.
  if (callback.early) return;
  context.schedule.later(after(submittedShare), () => startProcessing(context, task));
  context.schedule.later(after(1), () => {
    endTask(context, task).catch((fault: unknown) => {
      context.log.error({ err: fault, taskId: task.id }, 'task.end-failed');
    });
  });
}

function startProcessing(context: SimulatorContext, task: Task): void {
  if (task.status !== 'submitted') return;
  task.status = 'processing';
  task.updatedAt = Date.now();
  announceProgress(context, task);
}

/** Resolves when its callbacks have been answered. */
export async function endTask(context: SimulatorContext, task: Task): Promise<void> {
  const failure = task.plan.failure ?? (await findInputFault(context, task));
  const forgotten = context.tasks.find(task.id) !== task;
  if (forgotten || isFinal(task) || context.stopping.aborted) return;
  task.status = failure === null ? 'succeed' : 'failed';
  task.message = failure ?? 'success';
  task.updatedAt = Date.now();
  releaseSlot(context, task);
  context.journal.changed(task);
  logEnd(context, task);
  await announceEnd(context, task);
}

async function findInputFault(context: SimulatorContext, task: Task): Promise<string | null> {
  return task.plan.pictures === 'compose' ? await context.pictures.prepare(task) : null;
}

function releaseSlot(context: SimulatorContext, task: Task): void {
  context.tasks.ended(task);
  if (task.status === 'succeed') context.ledger.succeeded += 1;
  else context.ledger.failed += 1;
  const account = context.accounts.find(task.email);
  if (account) account.running = Math.max(0, account.running - 1);
}

function logEnd(context: SimulatorContext, task: Task): void {
  context.log.info(
    {
      taskId: task.id,
      account: task.email,
      status: task.status,
      message: task.message,
      plannedMs: task.plan.durationMs,
      durationMs: task.updatedAt - task.acceptedAt,
    },
    'task.ended',
  );
}
