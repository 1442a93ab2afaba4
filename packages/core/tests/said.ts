import { type AttemptEvent, type JobEvent, ownFailure } from '../src/index.js';

export type Word = Exclude<AttemptEvent['type'], 'disowned'>;

export function jobOf(attemptId: string): string {
  return attemptId.slice(0, attemptId.indexOf('/'));
}

export function taskOf(attemptId: string): string {
  return `task of ${attemptId}`;
}

/** What is said of an attempt. The provider's words about one task agree on its images and on its failure. */
export function said(type: Word, attemptId: string, taskId: string | null = taskOf(attemptId)): JobEvent {
  return { type: 'attempt', attemptId, event: eventOf(type, attemptId, taskId) };
}

function eventOf(type: Word, attemptId: string, taskId: string | null): AttemptEvent {
  if (type === 'accepted') return { type, taskId: taskId ?? taskOf(attemptId), provisional: false };
  if (type === 'progressed') return { type, taskId };
  if (type === 'succeeded')
    return { type, taskId, images: [{ url: `https://images.example/${attemptId}`, width: 1, height: 1 }] };
  if (type === 'failed')
    return { type, taskId, failure: ownFailure('generation_failed', `${attemptId} failed`) };
  if (type === 'refused') return { type, failure: ownFailure('invalid_input', `${attemptId} refused`) };
  return { type };
}

/** A task found in the listing, which may be somebody else's. */
export function inferred(attemptId: string, taskId: string): JobEvent {
  return { type: 'attempt', attemptId, event: { type: 'accepted', taskId, provisional: true } };
}
