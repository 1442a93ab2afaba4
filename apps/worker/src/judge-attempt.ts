import { type AttemptEvent, type Decision, decide, type JobEvent } from '@catwalk/core';
import type { WorkerContext } from './context.js';

/** What is told of an attempt beside the event itself. */
export interface AttemptNote {
  /** The submit's redacted request and answer, kept for the timeline. */
  readonly exchange?: unknown;
}

/**
 * Judges an event of an attempt and saves what it made of its job. Null: there is no such job.
 */
export function judgeAttempt(
  context: WorkerContext,
  target: { readonly jobId: string; readonly attemptId: string },
  event: AttemptEvent,
  note: AttemptNote = {},
): Promise<Decision | null> {
  const { jobId, attemptId } = target;
  const jobEvent: JobEvent = {
    type: 'attempt',
    attemptId,
    event,
    submitAttemptsMax: context.config.submitAttemptsMax,
  };
  const exchange = note.exchange === undefined ? {} : { exchange: { attemptId, exchange: note.exchange } };
  return judgeEvent(context, jobId, jobEvent, exchange);
}

/** Judges any event of a job; see {@link judgeAttempt}. */
export function judgeEvent(
  context: WorkerContext,
  jobId: string,
  event: JobEvent,
  extra: { readonly exchange?: { readonly attemptId: string; readonly exchange: unknown } } = {},
): Promise<Decision | null> {
  return context.judge.submit({
    locate: { jobId },
    actor: 'worker',
    judge: (job, now) => {
      const decision = job === null ? null : decide(job, event, now);
      return { result: decision, decision, ...extra };
    },
  });
}
