import type { RequestHandler } from 'express';
import { answer } from '../answer.js';
import type { SimulatorContext } from '../context.js';
import { presentRunning } from '../present-task.js';

/** `GET /v1/kling/scheduler`: what runs now, on all accounts. */
export function showScheduler(context: SimulatorContext): RequestHandler {
  return (_request, response) => {
    if (context.dials.current().schedulerBroken) return answerBroken(response);
    answer(response, 200, presentExecuting(context));
  };
}

/** `GET /v1/kling/scheduler/available` */
export function showAvailable(context: SimulatorContext): RequestHandler {
  return (_request, response) => {
    if (context.dials.current().schedulerBroken) return answerBroken(response);
    const available = context.accounts.list().map(({ email, maxJobs, running }) => ({
      email,
      maxJobs,
      executing: running,
      available: Math.max(0, maxJobs - running),
    }));
    answer(response, 200, { executing: presentExecuting(context), available });
  };
}

function presentExecuting(context: SimulatorContext): unknown[] {
  const now = Date.now();
  return Array.from(context.tasks.running(), (task) => presentRunning(task, now));
}

function answerBroken(response: Parameters<typeof answer>[0]): void {
  answer(response, 500, { error: 'Unable to read the scheduler' });
}
