import { type Account, occupySlot } from './accounts.js';
import { countUp, drawKey, inputKey } from './bill.js';
import type { SimulatorContext } from './context.js';
import type { TryOnRequest } from './parse-try-on-request.js';
import { planTask } from './plan-task.js';
import { runTask } from './run-task.js';
import type { Task } from './task.js';

/** From here on it is billed and holds a slot. */
export function acceptTryOn(context: SimulatorContext, account: Account, request: TryOnRequest): Task {
  const task = newTask(context, account, request);
  countAccepted(context, task);
  occupySlot(account);
  context.tasks.add(task);
  context.journal.accepted(task);
  runTask(context, task);
  return task;
}

function newTask(context: SimulatorContext, account: Account, request: TryOnRequest): Task {
  const ordinal = context.nextOrdinal();
  const key = drawKey(request, context.origin(), countUp(context.ledger.byInput, inputKey(request)));
  const now = Date.now();
  return {
    id: taskId(context, ordinal),
    ordinal,
    email: account.email,
    request,
    plan: planTask(context.dials.current(), context.draw, key, request.imageCount),
    acceptedAt: now,
    status: 'submitted',
    updatedAt: now,
    message: '',
    called: false,
  };
}

/** The input was counted with the draw of its plan. */
function countAccepted(context: SimulatorContext, task: Task): void {
  context.ledger.accepted += 1;
  context.ledger.images += task.request.imageCount;
  if (task.request.replyRef !== null) countUp(context.ledger.byReplyRef, task.request.replyRef);
}

/** Seeds have their own ranges, so that two sandboxes on one database do not meet. */
function taskId(context: SimulatorContext, ordinal: number): string {
  const range = BigInt(Math.floor(context.draw('task.ids', '') * 1000)) * 1_000_000_000n;
  const base = context.dials.current().largeTaskIds ? 867_283_000_000_000_000n : 307_000_000_000_000n;
  return String(base + range + BigInt(ordinal));
}
