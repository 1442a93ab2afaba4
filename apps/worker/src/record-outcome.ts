import { setTimeout as wait } from 'node:timers/promises';
import {
  type AttemptEvent,
  accountRestMs,
  busyRestMs,
  providerRestMs,
  type SubmitOutcome,
} from '@catwalk/core';
import {
  type ClaimedJob,
  noteProviderDown,
  noteProviderUp,
  pauseAccount,
  prolongPause,
  restAccount,
  troubleOf,
} from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';
import { judgeAttempt } from './judge-attempt.js';

/** Unanswered submits in a row, over all accounts, after which the provider is left alone but for one probe. */
const UNANSWERED_MAX = 3;

/**
 * Saves an outcome to its attempt and job, and what it says of the account and the provider. While the
 * database is away it is kept and tried again: the answer was paid for.
 */
export async function recordOutcome(
  context: WorkerContext,
  job: ClaimedJob,
  outcome: SubmitOutcome,
  exchange: unknown,
  durationMs: number,
): Promise<void> {
  // The account learns of it first: its slot must not be given away before its rest is known.
  await persist(context, () => noteAccount(context, job.account, outcome));
  const decision = await persist(context, () =>
    judgeAttempt(context, job, toEvent(outcome), exchange === null ? {} : { exchange }),
  );
  context.logger.info(
    {
      jobId: job.jobId,
      attemptId: job.attemptId,
      account: job.account,
      outcome: outcome.kind,
      durationMs,
      decision: decision?.kind,
      ...detailOf(outcome),
    },
    'try-on.submitted',
  );
}

function toEvent(outcome: SubmitOutcome): AttemptEvent {
  switch (outcome.kind) {
    case 'accepted':
      return { type: 'accepted', taskId: outcome.taskId, provisional: false, by: 'answer' };
    case 'refused':
      return { type: 'refused', failure: outcome.failure, by: 'answer' };
    case 'deferred':
      return { type: 'deferred', reason: outcome.reason, by: 'answer' };
    case 'unanswered':
      return { type: 'unanswered', reason: outcome.reason, by: 'answer' };
    case 'never-sent':
      return { type: 'never-sent' };
  }
}

async function noteAccount(context: WorkerContext, email: string, outcome: SubmitOutcome): Promise<void> {
  const { db } = context;
  switch (outcome.kind) {
    case 'accepted':
    case 'refused':
      context.silence.count = 0;
      await context.answering.submit(email);
      return;
    case 'deferred':
      return noteDeferral(context, email, outcome);
    case 'unanswered':
      context.silence.count += 1;
      await prolongPause(db, email, (failures) =>
        accountRestMs(failures, context.config.waits.accountRetryMs),
      );
      if (context.silence.count >= UNANSWERED_MAX) await noteProviderDown(db, outcome.reason, providerRestMs);
      return;
    case 'never-sent':
      return;
  }
}

async function noteDeferral(
  context: WorkerContext,
  email: string,
  outcome: Extract<SubmitOutcome, { kind: 'deferred' }>,
): Promise<void> {
  const { db, config } = context;
  switch (outcome.because) {
    case 'busy':
      await noteProviderUp(db);
      return restAccount(db, email, busyRestMs(outcome.retryAfterMs, Math.random()));
    case 'account': {
      await noteProviderUp(db);
      const restMs = (failures: number) =>
        outcome.retryAfterMs ?? accountRestMs(failures, config.waits.accountRetryMs);
      return pauseAccount(db, email, outcome.reason, restMs);
    }
    case 'provider':
      return noteProviderDown(db, outcome.reason, providerRestMs);
  }
}

function detailOf(outcome: SubmitOutcome): Record<string, unknown> {
  switch (outcome.kind) {
    case 'accepted':
      return { providerTaskId: outcome.taskId };
    case 'refused':
      return { code: outcome.failure.code, providerStatus: outcome.failure.providerStatus };
    case 'deferred':
      return { because: outcome.because, reason: outcome.reason, providerStatus: outcome.providerStatus };
    case 'unanswered':
      return { reason: outcome.reason, providerStatus: outcome.providerStatus };
    case 'never-sent':
      return {};
  }
}

const PERSIST_RETRY_MAX_MS = 2_000;

/** Until it is written or the worker stops; a worker that stops leaves the attempt to evidence. */
async function persist<T>(context: WorkerContext, write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      const result = await write();
      context.outages.worked('postgres');
      return result;
    } catch (error) {
      // What Postgres refuses once it refuses always: the attempt is left to evidence.
      if (troubleOf(error) === 'data') throw error;
      context.outages.failed('postgres', error);
      if (context.stopping.aborted) throw error;
      await wait(Math.min(100 * 2 ** tries, PERSIST_RETRY_MAX_MS), undefined, {
        signal: context.stopping,
      }).catch(() => undefined);
    }
  }
}
