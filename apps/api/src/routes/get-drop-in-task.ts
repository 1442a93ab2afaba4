import { findTryOnByNumber } from '@catwalk/infra/postgres';
import { presentDropInTask } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import { ProblemError } from '../problem-error.js';
import { callerOf } from '../request-state.js';

/** `GET /v1/kling/tasks/{task_id}`, shaped as the provider's own. */
export function getDropInTask(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    const text = String(request.params.task_id);
    const viewer = viewerOf(callerOf(response));
    const row = /^\d{1,18}$/.test(text) ? await findTryOnByNumber(database, viewer, BigInt(text)) : null;
    if (row === null) throw new ProblemError('try_on_not_found', 'There is no task with this task_id');
    answerJson(response, 200, presentDropInTask(row, await api.rooms.read()));
  };
}
