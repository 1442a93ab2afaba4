import type { Failure } from './failure.js';
import type { ResultImage } from './task-report.js';

/**
 * One submit of a job. An attempt tells what the provider has, or may have, whatever became of the job.
 *
 * - `sending`: committed, the request is about to go out or is on the wire
 * - `accepted`: the provider has the task
 * - `unknown`: sent, and the answer was lost; evidence decides
 * - `refused`, `deferred`, `never_sent`: the provider said no, or never saw it
 * - `disproved`: evidence says the provider never had it
 * - `ended_succeeded`, `ended_failed`: the task ended
 * - `given_up`: the deadline passed without an end
 */
export const ATTEMPT_STATES = [
  'sending',
  'accepted',
  'unknown',
  'refused',
  'deferred',
  'never_sent',
  'disproved',
  'ended_succeeded',
  'ended_failed',
  'given_up',
] as const;

export type AttemptState = (typeof ATTEMPT_STATES)[number];

/** States in which an attempt holds one of its account's slots and is watched. */
export const OPEN_ATTEMPT_STATES = ['sending', 'accepted', 'unknown'] as const;

/**
 * States of which it cannot be ruled out that the provider runs, ran or will bill the task; see `mayBePaid` for
 * the one that depends.
 */
const MAY_BE_PAID_STATES = ['sending', 'accepted', 'unknown', 'given_up'] as const;

/** The submit went out, or may have: what `attempts` counts. Deferrals and refusals before sending do not. */
export const REACHED_PROVIDER_STATES = [
  'sending',
  'accepted',
  'unknown',
  'refused',
  'disproved',
  'ended_succeeded',
  'ended_failed',
  'given_up',
] as const;

export interface Attempt {
  readonly id: string;
  /** 1-based, in the order of the job's submits. */
  readonly number: number;
  readonly replyRef: string;
  readonly account: string;
  readonly state: AttemptState;
  readonly stateSince: Date;
  readonly providerTaskId: string | null;
  /** The task id was inferred from the listing, or named by a person; a callback or the scheduler overrides it. */
  readonly provisional: boolean;
  readonly imageCount: number;
  readonly imagesBilled: number | null;
  readonly images: readonly ResultImage[];
  readonly failure: Failure | null;
  readonly sentAt: Date;
  readonly answeredAt: Date | null;
  readonly deadlineAt: Date;
  readonly nextCheckAt: Date | null;
  readonly checks: number;
  readonly listedAt: Date | null;
}

/**
 * What told us of an event, or decided it: the submit's own `answer`, a `callback`, the `scheduler`, the
 * `listing`, `absence` from it, a `poll` of the task, a `deadline`, the `silence` of a sender that died, another
 * attempt that proved to be the task's `owner`, or a `person`.
 */
export type Cause =
  | 'answer'
  | 'callback'
  | 'scheduler'
  | 'listing'
  | 'absence'
  | 'poll'
  | 'deadline'
  | 'silence'
  | 'owner'
  | 'person';

export type AttemptEvent = AttemptHappening & { readonly by?: Cause };

type AttemptHappening =
  /** Without a task id: it is another attempt's for certain, so which task this one has is still open. */
  | { readonly type: 'accepted'; readonly taskId: string | null; readonly provisional: boolean }
  | { readonly type: 'refused'; readonly failure: Failure }
  | { readonly type: 'deferred'; readonly reason?: string }
  | { readonly type: 'never-sent' }
  | { readonly type: 'unanswered'; readonly reason?: string }
  | { readonly type: 'disproved' }
  | { readonly type: 'progressed'; readonly taskId: string | null }
  | { readonly type: 'succeeded'; readonly taskId: string | null; readonly images: readonly ResultImage[] }
  | { readonly type: 'failed'; readonly taskId: string | null; readonly failure: Failure }
  /** The task that was taken for this attempt's is another attempt's, or is not at the provider. */
  | { readonly type: 'disowned'; readonly taskId: string; readonly ownedByAnother: boolean }
  | {
      readonly type: 'given-up';
      /** Until the next look at it, since images that were paid for may still come; null: none. */
      readonly lookAgainInMs?: number | null;
    };

export const ATTEMPT_EVENT_TYPES = [
  'accepted',
  'refused',
  'deferred',
  'never-sent',
  'unanswered',
  'disproved',
  'progressed',
  'succeeded',
  'failed',
  'given-up',
  'disowned',
] as const satisfies readonly AttemptEvent['type'][];

export type AttemptMove =
  | { readonly kind: 'moved'; readonly attempt: Attempt }
  | { readonly kind: 'refused'; readonly reason: 'already_known' | 'too_late' | 'conflicting_task' };

const NEXT: Record<
  Exclude<AttemptEvent['type'], 'disowned'>,
  { from: readonly AttemptState[]; to: AttemptState }
> = {
  accepted: {
    from: ['sending', 'unknown', 'refused', 'deferred', 'never_sent', 'disproved', 'given_up'],
    to: 'accepted',
  },
  progressed: {
    from: ['sending', 'unknown', 'refused', 'deferred', 'never_sent', 'disproved', 'given_up'],
    to: 'accepted',
  },
  // From `unknown` too: while the answer could not be written, its sender was taken for dead.
  refused: { from: ['sending', 'unknown'], to: 'refused' },
  deferred: { from: ['sending', 'unknown'], to: 'deferred' },
  'never-sent': { from: ['sending', 'unknown'], to: 'never_sent' },
  unanswered: { from: ['sending'], to: 'unknown' },
  disproved: { from: ['unknown'], to: 'disproved' },
  succeeded: {
    from: [
      'sending',
      'accepted',
      'unknown',
      'refused',
      'deferred',
      'never_sent',
      'disproved',
      'given_up',
      'ended_failed',
    ],
    to: 'ended_succeeded',
  },
  failed: {
    from: ['sending', 'accepted', 'unknown', 'refused', 'deferred', 'never_sent', 'disproved', 'given_up'],
    to: 'ended_failed',
  },
  'given-up': { from: ['sending', 'accepted', 'unknown'], to: 'given_up' },
};

/** Events in which the provider itself spoke; the others are conclusions of ours. */
const ANSWERS: ReadonlySet<AttemptEvent['type']> = new Set([
  'accepted',
  'refused',
  'deferred',
  'progressed',
  'succeeded',
  'failed',
]);

/**
 * The attempt's transition table. Facts only move forward, and proof from the provider (acceptance, progress,
 * an end) outranks every conclusion of ours, so events may come in any order. Success outranks failure:
 * images that were paid for are never thrown away. What is known of a task that was only inferred to be the
 * attempt's is taken back with it.
 */
export function applyToAttempt(attempt: Attempt, event: AttemptEvent, now: Date): AttemptMove {
  if (event.type === 'disowned') return disown(attempt, event, now);
  if (conflicts(attempt, event)) return { kind: 'refused', reason: 'conflicting_task' };
  const rule = NEXT[event.type];
  if (rule.from.includes(attempt.state) || reopens(attempt, event))
    return moved(attempt, event, rule.to, now);
  if (attempt.state === rule.to) return repeated(attempt, event, now);
  if (namesEndedTask(attempt, event)) return moved(attempt, event, attempt.state, now);
  return { kind: 'refused', reason: 'too_late' };
}

/** The failure was that of a task which was not this attempt's: its own still runs. */
function reopens(attempt: Attempt, event: AttemptEvent): boolean {
  const proof = event.type === 'accepted' || event.type === 'progressed';
  return proof && attempt.state === 'ended_failed' && renames(attempt, event);
}

/** A report without a task id may end an attempt before the submit's own answer or a late report brings the id. */
function namesEndedTask(attempt: Attempt, event: AttemptEvent): boolean {
  const ended = attempt.state === 'ended_succeeded' || attempt.state === 'ended_failed';
  const proof = event.type === 'accepted' || event.type === 'progressed';
  if (!ended || !proof || event.taskId === null || taskOf(attempt, event).provisional) return false;
  return attempt.providerTaskId === null || (attempt.provisional && attempt.providerTaskId === event.taskId);
}

/** Another task id than the one we hold for certain is never applied: two tasks would claim one attempt. */
function conflicts(attempt: Attempt, event: AttemptEvent): boolean {
  const taskId = taskIdOf(event);
  if (taskId === null || attempt.providerTaskId === null || taskId === attempt.providerTaskId) return false;
  return !attempt.provisional;
}

/** An inferred task gives way to another that is known for certain, or that a person names. */
function renames(attempt: Attempt, event: AttemptEvent): boolean {
  const taskId = taskIdOf(event);
  if (!attempt.provisional || taskId === null || taskId === attempt.providerTaskId) return false;
  return settles(attempt, event) || event.by === 'person';
}

/** Whether the event makes a provisional task id certain, the same or another. */
function settles(attempt: Attempt, event: AttemptEvent): boolean {
  return attempt.provisional && !taskOf(attempt, event).provisional;
}

/** A repeat teaches us something only when it brings the id we lacked, or a better one than an inferred one. */
function repeated(attempt: Attempt, event: AttemptEvent, now: Date): AttemptMove {
  const brings = attempt.providerTaskId === null && taskIdOf(event) !== null;
  if (brings || settles(attempt, event) || renames(attempt, event))
    return moved(attempt, event, attempt.state, now);
  return { kind: 'refused', reason: 'already_known' };
}

/**
 * Takes an inferred task back, unless it brought images: what was handed out stays, and only images of the
 * attempt's own task take their place. When the task is another attempt's, nothing is known of this one and evidence is
 * looked for from the start. When the provider does not know it, this one may all the same have had it, or has
 * another: it is searched for until its deadline, and absence proves nothing.
 */
function disown(
  attempt: Attempt,
  event: Extract<AttemptEvent, { type: 'disowned' }>,
  now: Date,
): AttemptMove {
  const broughtImages = attempt.state === 'ended_succeeded';
  if (!attempt.provisional || attempt.providerTaskId !== event.taskId || broughtImages)
    return { kind: 'refused', reason: 'too_late' };
  const stays = attempt.state === 'given_up';
  const to = stays ? attempt.state : event.ownedByAnother ? 'unknown' : 'accepted';
  return {
    kind: 'moved',
    attempt: {
      ...attempt,
      providerTaskId: null,
      provisional: false,
      state: to,
      stateSince: to === attempt.state ? attempt.stateSince : now,
      answeredAt: to === 'unknown' ? null : attempt.answeredAt,
      imagesBilled: to === 'unknown' ? null : attempt.imagesBilled,
      failure: stays ? attempt.failure : null,
    },
  };
}

function moved(attempt: Attempt, event: AttemptEvent, to: AttemptState, now: Date): AttemptMove {
  const proof = taskIdOf(event) !== null || to === 'accepted' || event.type === 'succeeded';
  return {
    kind: 'moved',
    attempt: {
      ...attempt,
      ...taskOf(attempt, event),
      state: to,
      stateSince: to === attempt.state ? attempt.stateSince : now,
      answeredAt: answerOf(attempt) ?? (ANSWERS.has(event.type) ? now : null),
      imagesBilled: proof ? attempt.imageCount : attempt.imagesBilled,
      images: event.type === 'succeeded' ? event.images : attempt.images,
      failure: failureAfter(attempt, event, to),
      nextCheckAt: event.type === 'given-up' ? later(now, event.lookAgainInMs ?? null) : attempt.nextCheckAt,
    },
  };
}

function taskOf(attempt: Attempt, event: AttemptEvent): Pick<Attempt, 'providerTaskId' | 'provisional'> {
  const taskId = taskIdOf(event);
  if (taskId === null) return { providerTaskId: attempt.providerTaskId, provisional: attempt.provisional };
  const inferred = taskId === attempt.providerTaskId && attempt.provisional;
  if (event.type === 'accepted')
    return { providerTaskId: taskId, provisional: event.provisional && !isCertain(attempt) };
  // A poll of a task that was only inferred to be ours does not prove that it is; a callback on our path does.
  return { providerTaskId: taskId, provisional: inferred && event.by !== 'callback' };
}

function isCertain(attempt: Attempt): boolean {
  return attempt.providerTaskId !== null && !attempt.provisional;
}

/** What moves a refused or deferred attempt is proof that the provider has the task: that is the answer then. */
function answerOf(attempt: Attempt): Date | null {
  return attempt.state === 'refused' || attempt.state === 'deferred' ? null : attempt.answeredAt;
}

/** Proof that the provider has the task after all takes an earlier refusal back. */
function failureAfter(attempt: Attempt, event: AttemptEvent, to: AttemptState): Failure | null {
  if (event.type === 'failed' || event.type === 'refused') return event.failure;
  return to === 'accepted' || to === 'ended_succeeded' ? null : attempt.failure;
}

function later(now: Date, ms: number | null): Date | null {
  return ms === null ? null : new Date(now.getTime() + ms);
}

function taskIdOf(event: AttemptEvent): string | null {
  return 'taskId' in event ? event.taskId : null;
}

/** Whether the attempt holds a slot. */
export function isOpen(attempt: Pick<Attempt, 'state'>): boolean {
  return (OPEN_ATTEMPT_STATES as readonly AttemptState[]).includes(attempt.state);
}

/**
 * Whether a new submit beside this attempt could be billed twice. Of one whose task was only inferred the end of
 * that task says nothing: its own may still run.
 */
export function mayBePaid(attempt: Pick<Attempt, 'state' | 'provisional'>): boolean {
  if (attempt.state === 'ended_failed') return attempt.provisional;
  return (MAY_BE_PAID_STATES as readonly AttemptState[]).includes(attempt.state);
}

/** Whether the submit went out, or may have. */
export function reachedProvider(attempt: Pick<Attempt, 'state'>): boolean {
  return (REACHED_PROVIDER_STATES as readonly AttemptState[]).includes(attempt.state);
}
