import type { AttemptState } from './attempt.js';
import type { ListedTask, ScheduledTask } from './submit-outcome.js';

/** An attempt of one account, as far as the search in its listing needs it. */
export interface SearchedAttempt {
  readonly id: string;
  readonly state: AttemptState;
  readonly providerTaskId: string | null;
  readonly provisional: boolean;
  readonly replyRef: string;
  readonly sentAt: Date;
  /** When the provider first spoke of it. */
  readonly answeredAt: Date | null;
  readonly inputs: TaskInputs;
}

/** What a task was asked to do: the rule by which an attempt is recognised in a listing. */
export interface TaskInputs {
  readonly humanImage: string;
  readonly dressInput: string | null;
  readonly upperInput: string | null;
  readonly lowerInput: string | null;
  readonly imageCount: number;
}

/** One reading of an account's listing and of the scheduler. Times are by our clock. */
export interface Listing {
  readonly tasks: readonly ListedTask[];
  /** All tasks made after it are among them. A short page is not the last: the provider may cut them. */
  readonly completeSinceMs: number;
  /** When the look began: what was accepted later may be missing. */
  readonly startedAt: Date;
  readonly running: readonly ScheduledTask[];
}

export interface ListingMatch {
  /** Tasks that no attempt owns, given to searched attempts with the same inputs. Provisional. */
  readonly pairs: readonly { readonly attemptId: string; readonly taskId: string }[];
  /** Unknown attempts without a pair which this look would have shown. */
  readonly absent: readonly string[];
  /** Why it proves nothing of the others without a pair. */
  readonly doubts: readonly { readonly attemptId: string; readonly doubt: ListingDoubt }[];
}

/**
 * Why a look that did not show an attempt does not prove it absent:
 *
 * - `accepted`: the provider said that it has it, but not as which task
 * - `task_runs`: the scheduler lists its `replyRef`
 * - `twin_unsettled`: another with the same inputs is being sent, or its task is unknown or only inferred
 * - `listing_too_long`: the listing was not read back to the attempt's send
 * - `known_task_missing`: it does not show, with the same inputs, a task of ours that must be there
 * - `no_known_task_before`: it shows none of ours from before the send: it may be cut there
 */
export type ListingDoubt =
  | 'accepted'
  | 'task_runs'
  | 'twin_unsettled'
  | 'listing_too_long'
  | 'known_task_missing'
  | 'no_known_task_before';

/** How far before its send an attempt's task may seem to have been made, by the provider's clock: 5 minutes. */
export const LISTING_MARGIN_MS = 300_000;

/**
 * Looks for attempts without a task in an account's listing, by their inputs, oldest with oldest.
 *
 * Twins (same inputs) are left alone while one of them is still being sent. An attempt is absent only by
 * positive control: the listing was read back to before its send, it shows (or the scheduler does) every task
 * of ours since then, recognised by the same inputs, and at least one from before. A twin whose task is only
 * inferred, or that was accepted and is not shown, proves nothing about the others; an accepted one is never
 * absent.
 *
 * @param isLost which attempts are looked for; those that are searched for unless told
 */
export function matchListing(
  attempts: readonly SearchedAttempt[],
  listing: Listing,
  isLost: (attempt: SearchedAttempt) => boolean = isSearched,
): ListingMatch {
  const lost = attempts.filter(isLost).sort(bySentAt);
  const free = unownedTasks(attempts, listing.tasks);
  const busy = new Set(attempts.filter((attempt) => attempt.state === 'sending').map(keyOf));
  const pairs: { attemptId: string; taskId: string }[] = [];
  for (const attempt of lost) {
    if (busy.has(keyOf(attempt))) continue;
    const index = free.findIndex((task) => isSameTask(attempt, task));
    const [task] = index === -1 ? [] : free.splice(index, 1);
    if (task !== undefined) pairs.push({ attemptId: attempt.id, taskId: task.taskId });
  }
  const paired = new Set(pairs.map((pair) => pair.attemptId));
  const unsettled = new Set([
    ...busy,
    ...attempts.filter((one) => one.provisional || paired.has(one.id)).map(keyOf),
    ...lost.filter((one) => one.state === 'accepted').map(keyOf),
  ]);
  const rest = lost
    .filter((one) => !paired.has(one.id))
    .map((one) => ({ attemptId: one.id, doubt: doubtOf(one, attempts, listing, unsettled) }));
  return {
    pairs,
    absent: rest.filter((one) => one.doubt === null).map((one) => one.attemptId),
    doubts: rest.flatMap(({ attemptId, doubt }) => (doubt === null ? [] : [{ attemptId, doubt }])),
  };
}

/** Unknown, or accepted by a word that named no task: nothing that could be asked for by id. */
export function isSearched(attempt: Pick<SearchedAttempt, 'state' | 'providerTaskId'>): boolean {
  return (attempt.state === 'unknown' || attempt.state === 'accepted') && attempt.providerTaskId === null;
}

function unownedTasks(attempts: readonly SearchedAttempt[], tasks: readonly ListedTask[]): ListedTask[] {
  const owned = new Set(attempts.map((attempt) => attempt.providerTaskId));
  return tasks
    .filter((task) => !owned.has(task.taskId))
    .sort((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0));
}

function isSameTask(attempt: SearchedAttempt, task: ListedTask): boolean {
  const tooOld = task.createdAtMs !== null && task.createdAtMs < attempt.sentAt.getTime() - LISTING_MARGIN_MS;
  return !tooOld && hasInputs(attempt, task);
}

function hasInputs({ inputs }: SearchedAttempt, task: ListedTask): boolean {
  if (task.imageCount !== null && task.imageCount !== inputs.imageCount) return false;
  const { humanImage, dressInput, upperInput, lowerInput } = task.inputs;
  return (
    humanImage === inputs.humanImage &&
    (dressInput ?? null) === inputs.dressInput &&
    (upperInput ?? null) === inputs.upperInput &&
    (lowerInput ?? null) === inputs.lowerInput
  );
}

/** Null: the look would have shown the attempt's task, since it shows what we know to be there. */
function doubtOf(
  lost: SearchedAttempt,
  attempts: readonly SearchedAttempt[],
  listing: Listing,
  unsettled: ReadonlySet<string>,
): ListingDoubt | null {
  if (lost.state === 'accepted') return 'accepted';
  if (listing.running.some((task) => task.replyRef === lost.replyRef)) return 'task_runs';
  if (unsettled.has(keyOf(lost))) return 'twin_unsettled';
  const fromMs = lost.sentAt.getTime() - LISTING_MARGIN_MS;
  if (listing.completeSinceMs > fromMs) return 'listing_too_long';
  const known = attempts.filter(isKnown);
  const shows = (attempt: SearchedAttempt) =>
    listing.tasks.some((task) => task.taskId === attempt.providerTaskId && hasInputs(attempt, task));
  const runs = (attempt: SearchedAttempt) =>
    listing.running.some((task) => task.taskId === attempt.providerTaskId);
  const isDue = ({ sentAt, answeredAt }: SearchedAttempt) =>
    sentAt.getTime() >= fromMs && (answeredAt ?? sentAt) < listing.startedAt;
  if (!known.every((attempt) => !isDue(attempt) || shows(attempt) || runs(attempt)))
    return 'known_task_missing';
  const before = known.filter((attempt) => attempt.sentAt < lost.sentAt);
  return before.some(shows) ? null : 'no_known_task_before';
}

/** Tasks that are certainly there: ours beyond doubt, and not failed, since failed ones may have vanished. */
function isKnown(attempt: SearchedAttempt): boolean {
  if (attempt.providerTaskId === null || attempt.provisional) return false;
  return attempt.state === 'accepted' || attempt.state === 'ended_succeeded';
}

function bySentAt(a: SearchedAttempt, b: SearchedAttempt): number {
  return a.sentAt.getTime() - b.sentAt.getTime();
}

function keyOf({ inputs }: SearchedAttempt): string {
  const { humanImage, dressInput, upperInput, lowerInput, imageCount } = inputs;
  return JSON.stringify([humanImage, dressInput, upperInput, lowerInput, imageCount]);
}
