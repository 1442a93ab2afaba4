import { adoptTryOnSchema, parseWith } from '@catwalk/contract';
import type { Job } from '@catwalk/core';
import { type Database, isTaskOfAnotherJob, judgeJob, lookAtTaskSoon } from '@catwalk/infra/postgres';
import { presentTryOn } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import type { Caller } from '../authenticate.js';
import { findVisible } from '../find-visible.js';
import { ProblemError } from '../problem-error.js';
import { readJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';

/**
 * `POST /v1/try-ons/{id}/adopt`: a person found the task at the provider. The fact is recorded, and the
 * worker, which alone may ask the provider, reads the task at once and applies what it says. Asking again for what
 * was adopted lets it be read again; naming another takes the first back.
 */
export function adoptTryOn(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    const { providerTaskId } = orRefuse(parseWith(adoptTryOnSchema, await readJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisible(database, caller, request.params.id);
    if (!(await adopt(database, caller, id, providerTaskId))) throw notAdoptable();
    await lookAtTaskSoon(database, id, providerTaskId);
    const row = await findVisible(database, caller, id);
    answerJson(response, 200, presentTryOn(row, await api.rooms.read(), config.mode === 'live'));
  };
}

/**
 * Looks whose the task is before, and again after it is saved: of two who adopt it at the same moment at least
 * one sees the other, and gives it back. Against an attempt that proves to be its owner later no look helps;
 * the rescue takes the task back then.
 */
async function adopt(database: Database, caller: Caller, jobId: string, taskId: string): Promise<boolean> {
  if (await isTaskOfAnotherJob(database, jobId, taskId)) return false;
  const event = { type: 'adopted-by-client', taskId } as const;
  const judged = await judgeJob(database, { jobId, actor: caller.client, event });
  if (judged.kind !== 'changed') return judged.kind === 'refused' && judged.reason === 'already_adopted';
  if (!(await isTaskOfAnotherJob(database, jobId, taskId))) return true;
  await giveBack(database, caller, judged.job, taskId);
  return false;
}

async function giveBack(database: Database, caller: Caller, job: Job, taskId: string): Promise<void> {
  const attempt = job.attempts.find((one) => one.providerTaskId === taskId);
  if (attempt === undefined) return;
  const event = { type: 'disowned', taskId, ownedByAnother: true, by: 'owner' } as const;
  const jobEvent = { type: 'attempt', attemptId: attempt.id, event } as const;
  await judgeJob(database, { jobId: job.id, actor: caller.client, event: jobEvent });
}

function notAdoptable(): ProblemError {
  return new ProblemError(
    'not_adoptable',
    'No attempt of this try-on lacks its task, or the task is another attempt’s',
  );
}
