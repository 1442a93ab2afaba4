import { type Bill, createLedger, presentBill } from './bill.js';
import type { SimulatorContext } from './context.js';

export type Idle = { idle: boolean; running: number; pendingCallbacks: number };

export function readBill(context: SimulatorContext): Bill {
  return presentBill(context.ledger, context.accounts.list());
}

/** Idle: no task runs and no callback is on its way. */
export function readIdle(context: SimulatorContext): Idle {
  let running = 0;
  for (const _ of context.tasks.running()) running += 1;
  const pendingCallbacks = context.poster.pending();
  return { idle: running === 0 && pendingCallbacks === 0, running, pendingCallbacks };
}

/** Forgets tasks, counters and timers. The dials stay unless asked; ids go on, so none is used twice. */
export function resetSimulator(context: SimulatorContext, options: { dials?: boolean } = {}): void {
  context.schedule.clear();
  context.poster.forget();
  context.tasks.clear();
  context.accounts.reset();
  context.ledger = createLedger();
  context.journal.clear();
  if (options.dials === true) context.dials.reset();
}
