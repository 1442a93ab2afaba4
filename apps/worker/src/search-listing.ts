import { type ListedTask, lateLookDelayMs } from '@catwalk/core';
import { listOwnedTasks, type WatchedAttempt } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAttempt } from './judge-attempt.js';

/** How far before its send an attempt's task may seem to have been made, by the provider's clock. */
const MARGIN_MS = 300_000;
const PAGE_SIZE = 100;

/**
 * Searches the listings of the accounts that have unknown attempts for tasks with the same inputs that no
 * attempt owns. What is found is taken provisionally: a callback or the scheduler overrides it. An attempt
 * past its deadline that this look, begun after it, did not find either is given up.
 */
export async function searchListing(
  context: WorkerContext,
  attempts: readonly WatchedAttempt[],
  look: { readonly startedAt: Date },
): Promise<void> {
  const unknown = attempts.filter(
    (attempt) => attempt.state === 'unknown' && attempt.providerTaskId === null,
  );
  const accounts = new Set(unknown.map((attempt) => attempt.account));
  for (const account of accounts) {
    const open = attempts.filter((attempt) => attempt.account === account);
    await searchAccount(context, account, open, look.startedAt);
  }
}

async function searchAccount(
  context: WorkerContext,
  account: string,
  open: readonly WatchedAttempt[],
  startedAt: Date,
): Promise<void> {
  const unknown = open.filter((attempt) => attempt.state === 'unknown' && attempt.providerTaskId === null);
  const oldest = Math.min(...unknown.map((attempt) => attempt.sentAt.getTime()));
  const look = await context.provider.tasks({
    email: account,
    createdAfterMs: oldest - MARGIN_MS,
    pageSize: PAGE_SIZE,
  });
  if (look.kind !== 'answered') return;
  const owned = await listOwnedTasks(
    context.db,
    account,
    look.value.tasks.map((task) => task.taskId),
  );
  const free = look.value.tasks.filter((task) => !owned.has(task.taskId));
  const matches = matchInputs(open, unknown, free);
  await Promise.all(matches.map((match) => take(context, match)));
  const found = new Set(matches.map((match) => match.attempt));
  const overdue = unknown.filter((attempt) => !found.has(attempt) && attempt.deadlineAt < startedAt);
  await Promise.all(overdue.map((attempt) => giveUp(context, attempt)));
}

interface Match {
  readonly attempt: WatchedAttempt;
  readonly task: ListedTask;
}

/**
 * Pairs unknown attempts with unowned tasks of the same inputs, oldest with oldest. Twins are left alone
 * while one of them is still being sent: its task could be taken for another's.
 */
function matchInputs(
  open: readonly WatchedAttempt[],
  unknown: readonly WatchedAttempt[],
  tasks: readonly ListedTask[],
): Match[] {
  const sending = new Set(open.filter((attempt) => attempt.state === 'sending').map(inputsOf));
  const waiting = [...tasks].sort((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0));
  const matches: Match[] = [];
  for (const attempt of [...unknown].sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime())) {
    if (sending.has(inputsOf(attempt))) continue;
    const index = waiting.findIndex((task) => isSame(attempt, task));
    const [task] = index === -1 ? [] : waiting.splice(index, 1);
    if (task !== undefined) matches.push({ attempt, task });
  }
  return matches;
}

function isSame(attempt: WatchedAttempt, task: ListedTask): boolean {
  if (task.createdAtMs !== null && task.createdAtMs < attempt.sentAt.getTime() - MARGIN_MS) return false;
  if (task.imageCount !== null && task.imageCount !== attempt.request.imageCount) return false;
  const { humanImage, dressInput, upperInput, lowerInput } = task.inputs;
  return (
    inputsOf(attempt) === key([humanImage, dressInput, upperInput, lowerInput, attempt.request.imageCount])
  );
}

function inputsOf({ request }: WatchedAttempt): string {
  return key([
    request.humanImage,
    request.dressInput,
    request.upperInput,
    request.lowerInput,
    request.imageCount,
  ]);
}

function key(parts: readonly (string | number | null | undefined)[]): string {
  return JSON.stringify(parts.map((part) => part ?? null));
}

async function take(context: WorkerContext, { attempt, task }: Match): Promise<void> {
  const target = { jobId: attempt.jobId, attemptId: attempt.id };
  const decision = await judgeAttempt(context, target, {
    type: 'accepted',
    taskId: task.taskId,
    provisional: true,
  });
  context.logger.info({ ...target, by: 'listing', decision: decision?.kind }, 'attempt.proven');
}

async function giveUp(context: WorkerContext, attempt: WatchedAttempt): Promise<void> {
  const target = { jobId: attempt.jobId, attemptId: attempt.id };
  const decision = await judgeAttempt(context, target, {
    type: 'given-up',
    lookAgainInMs: lateLookDelayMs(0, context.config.waits.jobDeadlineMs),
  });
  context.logger.warn({ ...target, from: attempt.state, decision: decision?.kind }, 'attempt.given-up');
}
