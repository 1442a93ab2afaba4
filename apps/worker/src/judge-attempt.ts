import { type AttemptEvent, type Decision, decide, type Job, type JobEvent } from '@catwalk/core';
import { noteConflict, troubleOf } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/** What is told of an attempt beside the event itself. */
export interface AttemptNote {
  /** The submit's redacted request and answer, kept for the timeline. */
  readonly exchange?: unknown;
}

/** An attempt, by its own id or by what the provider calls it. */
export type AttemptTarget =
  | { readonly jobId: string; readonly attemptId: string }
  | { readonly replyRef: string };

/**
 * Judges an event of an attempt and saves what it made of its job. Null: there is no such attempt.
 *
 * A task that another attempt has for certain cannot be this one's too, but that the provider spoke of this
 * attempt stays true: the event is then judged without the task, and the timeline tells of the conflict.
 */
export async function judgeAttempt(
  context: WorkerContext,
  target: AttemptTarget,
  event: AttemptEvent,
  note: AttemptNote = {},
): Promise<Decision | null> {
  try {
    const judged = await judgeOnce(context, target, event, note);
    if (isConflict(judged.decision)) await tellConflict(context, judged.attemptId, event);
    return judged.decision;
  } catch (error) {
    if (troubleOf(error) !== 'data' || taskIdOf(event) === null) throw error;
    const judged = await judgeOnce(context, target, withoutTask(event), note);
    await tellConflict(context, judged.attemptId, event);
    return judged.decision;
  }
}

interface Judged {
  readonly decision: Decision | null;
  readonly attemptId: string | null;
}

async function judgeOnce(
  context: WorkerContext,
  target: AttemptTarget,
  event: AttemptEvent,
  note: AttemptNote,
): Promise<Judged> {
  let attemptId: string | null = null;
  const decision = await context.judge.submit({
    locate: 'jobId' in target ? { jobId: target.jobId } : target,
    actor: 'worker',
    judge: (job, now) => {
      attemptId = job === null ? null : findAttempt(job, target);
      if (job === null || attemptId === null) return { result: null, decision: null };
      const decision = decide(job, toJobEvent(context, attemptId, event), now);
      const exchange =
        note.exchange === undefined ? {} : { exchange: { attemptId, exchange: note.exchange } };
      return { result: decision, decision, ...exchange };
    },
  });
  return { decision, attemptId };
}

function findAttempt(job: Job, target: AttemptTarget): string | null {
  const isMeant = (one: Job['attempts'][number]) =>
    'replyRef' in target ? one.replyRef === target.replyRef : one.id === target.attemptId;
  return job.attempts.find(isMeant)?.id ?? null;
}

function toJobEvent(context: WorkerContext, attemptId: string, event: AttemptEvent): JobEvent {
  return { type: 'attempt', attemptId, event, submitAttemptsMax: context.config.submitAttemptsMax };
}

function isConflict(decision: Decision | null): boolean {
  return decision?.kind === 'refused' && decision.reason === 'conflicting_task';
}

function taskIdOf(event: AttemptEvent): string | null {
  return 'taskId' in event ? event.taskId : null;
}

function withoutTask(event: AttemptEvent): AttemptEvent {
  return 'taskId' in event && event.type !== 'disowned' ? { ...event, taskId: null } : event;
}

/** A look that comes too late at a task that was only inferred is none: it did not speak of the attempt. */
async function tellConflict(
  context: WorkerContext,
  attemptId: string | null,
  event: AttemptEvent,
): Promise<void> {
  const providerTaskId = taskIdOf(event);
  if (attemptId === null || providerTaskId === null || event.by === undefined || event.by === 'poll') return;
  context.logger.warn({ attemptId, providerTaskId, by: event.by }, 'attempt.conflicted');
  await noteConflict(context.db, attemptId, { providerTaskId, by: event.by });
}

/** Judges an event of a job that is none of its attempts'. Null: there is no such job. */
export function judgeEvent(context: WorkerContext, jobId: string, event: JobEvent): Promise<Decision | null> {
  return context.judge.submit({
    locate: { jobId },
    actor: 'worker',
    judge: (job, now) => {
      const decision = job === null ? null : decide(job, event, now);
      return { result: decision, decision };
    },
  });
}
