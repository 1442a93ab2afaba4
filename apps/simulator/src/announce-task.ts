import type { SimulatorContext } from './context.js';
import { presentOptionsOf, presentTask } from './present-task.js';
import { stringifyWire } from './stringify-wire.js';
import type { Task } from './task.js';

/** One POST, without waiting for it: the provider goes on whatever the receiver does. */
export function announceProgress(context: SimulatorContext, task: Task): void {
  if (task.plan.progress && !task.plan.callback.reordered) void post(context, task);
}

/** The final callback with the faults that were drawn for it. Resolves when all its POSTs are answered. */
export async function announceEnd(context: SimulatorContext, task: Task): Promise<void> {
  const { callbacks } = context.ledger;
  const { lost, doubled, reordered, early, lateMs } = task.plan.callback;
  if (task.request.replyUrl === null || task.called) return;
  if (lost) {
    callbacks.lost += 1;
    markCalled(context, task);
    return;
  }
  if (lateMs > 0) {
    callbacks.late += 1;
    await context.poster.pendingWhile(context.schedule.wait(task.updatedAt + lateMs - Date.now()));
  }
  if (early) callbacks.early += 1;
  markCalled(context, task);
  if (doubled) {
    callbacks.doubled += 1;
    // At once, not one after the other: the receiver must stand both in flight.
    await Promise.all([post(context, task), post(context, task, { atOnce: true })]);
  } else {
    await post(context, task);
  }
  if (reordered) {
    callbacks.reordered += 1;
    await post(context, { ...task, status: 'processing', message: '' }, { atOnce: true });
  }
}

/** Before the POST, not after: a restart in between must not make it two. */
function markCalled(context: SimulatorContext, task: Task): void {
  task.called = true;
  context.journal.changed(task);
}

async function post(context: SimulatorContext, task: Task, options = { atOnce: false }): Promise<void> {
  const { replyUrl } = task.request;
  if (replyUrl === null) return;
  const { callbacks } = context.ledger;
  const body = stringifyWire(presentCallback(context, task));
  callbacks.sent += 1;
  const status = await context.poster.post(replyUrl, body, options.atOnce ? null : task.id);
  if (status === null) callbacks.unreachable += 1;
  else if (status >= 200 && status < 300) callbacks.answered2xx += 1;
  else callbacks.answeredOther += 1;
}

/** Where `replyRef` stands is not documented for this product: a dial. */
function presentCallback(context: SimulatorContext, task: Task): Record<string, unknown> {
  const model = presentTask(task, presentOptionsOf(context));
  const { replyRef, replyUrl } = task.request;
  const place = context.dials.current().replyRefAt;
  if (replyRef === null || place === 'absent') return model;
  if (place === 'top') return { ...model, replyRef };
  if (place === 'task') return { ...model, task: { ...(model.task as object), replyRef } };
  return { ...model, [place]: { replyUrl, replyRef } };
}
