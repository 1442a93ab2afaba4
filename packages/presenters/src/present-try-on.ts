import { PRIORITIES, type TryOn } from '@catwalk/contract';
import { explainWaiting, isRetryable } from '@catwalk/core';
import type { AccountRooms, TryOnRow } from '@catwalk/infra/postgres';
import { presentImages } from './present-images.js';

/** The row as its client sees it. */
export function presentTryOn(row: TryOnRow, rooms: AccountRooms, livemode: boolean): TryOn {
  return {
    id: row.id,
    object: 'try_on',
    livemode,
    client: row.client,
    customId: row.customId,
    status: row.status,
    waitingFor: presentWaiting(row, rooms),
    humanImage: row.deletedAt === null ? row.humanImage : null,
    dressInput: row.dressInput,
    upperInput: row.upperInput,
    lowerInput: row.lowerInput,
    imageCount: row.imageCount,
    email: row.email,
    maxJobs: row.maxJobs,
    copyInputs: row.copyInputs,
    replyUrl: row.replyUrl,
    replyRef: row.replyRef,
    metadata: row.metadata,
    priority: PRIORITIES[row.priority] ?? 'normal',
    batchId: row.batchId,
    expiresAt: timeOf(row.expiresAt),
    provider: 'useapi-kling',
    account: row.account,
    providerTaskId: row.providerTaskId,
    attempts: row.attempts,
    images: presentImages(row, rooms.links),
    error: presentError(row.error),
    createdAt: row.createdAt.toISOString(),
    submittedAt: timeOf(row.submittedAt),
    finishedAt: timeOf(row.finishedAt),
    updatedAt: row.updatedAt.toISOString(),
    deletedAt: timeOf(row.deletedAt),
  };
}

function presentWaiting(row: TryOnRow, rooms: AccountRooms): TryOn['waitingFor'] {
  const waiting = explainWaiting({
    status: row.status,
    statusSince: row.statusSince,
    dueAt: row.dueAt,
    now: row.now,
    email: row.email,
    maxJobs: row.maxJobs,
    client: row.client,
    batchId: row.batchId,
    imageCount: row.imageCount,
    accounts: rooms.accounts,
    paused: rooms.paused,
    batch: row.batch,
    budgets: rooms.budgets,
    silent: rooms.silent,
    checksInputs: rooms.checksInputs,
    inputsChecked: row.inputsChecked,
    isCopying: row.isCopying,
    provider: rooms.provider,
    attemptDeadlineAt: row.attemptDeadlineAt,
  });
  if (waiting === null) return null;
  const { code, since, until, detail } = waiting;
  return { code, since: since.toISOString(), until: timeOf(until), detail };
}

function presentError(error: TryOnRow['error']): TryOn['error'] {
  if (error === null) return null;
  const { code, message, providerStatus, providerMessage } = error;
  return { code, message, retryable: isRetryable(code), providerStatus, providerMessage };
}

function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
