import { isSearched, LISTING_MARGIN_MS, matchListing, type SearchedAttempt } from '@catwalk/core';
import { type LeasedAttempt, listSearched } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { readListing } from './read-listing.js';
import type { SweepClock } from './sweep-clock.js';

/** What a late look at an attempt of which no task is known came to. */
export type LateFind =
  | { readonly kind: 'found'; readonly taskId: string }
  | { readonly kind: 'not-listed' | 'unanswered' };

/**
 * Looks for the task of a given-up attempt in the account's listing of its time, from its deadline back to its
 * send, by its inputs. Nothing is proven by not finding it.
 */
export async function findLateTask(
  context: WorkerContext,
  attempt: LeasedAttempt,
  clock: SweepClock,
): Promise<LateFind> {
  const since = new Date(attempt.sentAt.getTime() - LISTING_MARGIN_MS);
  const from = new Date(attempt.deadlineAt.getTime() + LISTING_MARGIN_MS);
  const listing = await readListing(context, attempt.account, { since, from }, clock);
  if (listing === null) return { kind: 'unanswered' };
  const taskIds = listing.tasks.map((task) => task.taskId);
  const attempts = await listSearched(context.db, attempt.account, since, taskIds);
  const look = { ...listing, startedAt: clock.startedAt, running: [] };
  const found = matchListing(attempts, look, isLost).pairs.find((pair) => pair.attemptId === attempt.id);
  return found === undefined ? { kind: 'not-listed' } : { kind: 'found', taskId: found.taskId };
}

function isLost(attempt: SearchedAttempt): boolean {
  return isSearched(attempt) || (attempt.state === 'given_up' && attempt.providerTaskId === null);
}
