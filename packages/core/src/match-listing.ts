import type { AttemptState } from './attempt.js';
import type { ListedTask, ScheduledTask } from './submit-outcome.js';

/** An attempt of one account, as far as the search in its listing needs it. */
export interface SearchedAttempt {
  readonly id: string;
  readonly state: AttemptState;
  readonly providerTaskId: string | null;
  readonly provisional: boolean;
  readonly sentAt: Date;
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

/** One reading of an account's listing and of the scheduler. */
export interface Listing {
  readonly tasks: readonly ListedTask[];
  /** Paged back to before the oldest attempt that is searched for, and its last page was not full. */
  readonly exhausted: boolean;
  readonly running: readonly ScheduledTask[];
}

export interface ListingMatch {
  /** Tasks that no attempt owns, given to searched attempts with the same inputs. Provisional. */
  readonly pairs: readonly { readonly attemptId: string; readonly taskId: string }[];
  /** Unknown attempts without a pair which this look would have shown. */
  readonly absent: readonly string[];
}

/** How far before its send an attempt's task may seem to have been made, by the provider's clock: 5 minutes. */
export const LISTING_MARGIN_MS = 300_000;

/**
 * Looks for attempts without a task in an account's listing, by their inputs, oldest with oldest.
 *
 * Twins (same inputs) are left alone while one of them is still being sent. An attempt is absent only by
 * positive control: the listing was paged to its end, it shows (or the scheduler does) every task of ours
 * since the attempt was sent, recognised by the same inputs, and at least one from before. A twin whose task
 * is only inferred, or that was accepted and is not shown, proves nothing about the others; an accepted one is
 * never absent.
 */
export function matchListing(attempts: readonly SearchedAttempt[], listing: Listing): ListingMatch {
  const searched = attempts.filter(isSearched).sort(bySentAt);
  const free = unownedTasks(attempts, listing.tasks);
  const busy = new Set(attempts.filter((attempt) => attempt.state === 'sending').map(keyOf));
  const pairs: { attemptId: string; taskId: string }[] = [];
  for (const attempt of searched) {
    if (busy.has(keyOf(attempt))) continue;
    const index = free.findIndex((task) => isSameTask(attempt, task));
    const [task] = index === -1 ? [] : free.splice(index, 1);
    if (task !== undefined) pairs.push({ attemptId: attempt.id, taskId: task.taskId });
  }
  const paired = new Set(pairs.map((pair) => pair.attemptId));
  const doubtful = new Set([
    ...busy,
    ...attempts.filter((one) => one.provisional || paired.has(one.id)).map(keyOf),
    ...searched.filter((one) => one.state === 'accepted').map(keyOf),
  ]);
  const absent = searched.filter(
    (one) => one.state === 'unknown' && !doubtful.has(keyOf(one)) && isControlled(one, attempts, listing),
  );
  return { pairs, absent: absent.map((attempt) => attempt.id) };
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

/** Whether the look would have shown the attempt's task: it shows what we know to be there. */
function isControlled(
  searched: SearchedAttempt,
  attempts: readonly SearchedAttempt[],
  listing: Listing,
): boolean {
  if (!listing.exhausted) return false;
  const known = attempts.filter(isKnown);
  const shows = (attempt: SearchedAttempt) =>
    listing.tasks.some((task) => task.taskId === attempt.providerTaskId && hasInputs(attempt, task));
  const runs = (attempt: SearchedAttempt) =>
    listing.running.some((task) => task.taskId === attempt.providerTaskId);
  const from = searched.sentAt.getTime() - LISTING_MARGIN_MS;
  const since = known.filter((attempt) => attempt.sentAt.getTime() >= from);
  const before = known.filter((attempt) => attempt.sentAt < searched.sentAt);
  return before.some(shows) && since.every((attempt) => shows(attempt) || runs(attempt));
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
