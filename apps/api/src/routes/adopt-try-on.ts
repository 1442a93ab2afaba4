import { adoptTryOnSchema, parseWith } from '@catwalk/contract';
import { type Database, type JudgedJob, judgeJob, lookAtTaskSoon, troubleOf } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import type { Caller } from '../authenticate.js';
import { findVisible } from '../find-visible.js';
import { presentTryOn } from '../present-try-on.js';
import { ProblemError } from '../problem-error.js';
import { readJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';

/**
 * `POST /v1/try-ons/{id}/adopt`: a person found the task at the provider. The fact is recorded, and the
 * worker reads the task soon. Asking again for what was adopted lets it be read again.
 */
export function adoptTryOn(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    const { providerTaskId } = orRefuse(parseWith(adoptTryOnSchema, await readJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisible(database, caller, request.params.id);
    const judged = await adopt(database, caller, id, providerTaskId);
    if (judged.kind === 'refused' && judged.reason !== 'already_adopted') throw notAdoptable();
    await lookAtTaskSoon(database, id, providerTaskId);
    const row = await findVisible(database, caller, id);
    answerJson(response, 200, presentTryOn(row, await api.rooms.read(), config.mode === 'live'));
  };
}

async function adopt(database: Database, caller: Caller, jobId: string, taskId: string): Promise<JudgedJob> {
  const event = { type: 'adopted-by-client', taskId } as const;
  try {
    return await judgeJob(database, { jobId, actor: caller.client, event });
  } catch (error) {
    // The one value of ours that Postgres can refuse here: the task is another attempt's on that account.
    if (troubleOf(error) === 'data') throw notAdoptable();
    throw error;
  }
}

function notAdoptable(): ProblemError {
  return new ProblemError(
    'not_adoptable',
    'No attempt of this try-on lacks its task, or the task is another attempt’s',
  );
}
