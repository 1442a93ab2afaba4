import { cancelTryOnSchema, parseWith } from '@catwalk/contract';
import { judgeJob } from '@catwalk/infra/postgres';
import { presentTryOn } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { findVisible } from '../find-visible.js';
import { ProblemError } from '../problem-error.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** `POST /v1/try-ons/{id}/cancel` */
export function cancelTryOn(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    orRefuse(parseWith(cancelTryOnSchema, await readOptionalJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisible(database, caller, request.params.id);
    const event = { type: 'canceled-by-client' } as const;
    const judged = await judgeJob(database, { jobId: id, actor: caller.client, event });
    if (judged.kind === 'refused' && judged.reason !== 'already_canceled')
      throw new ProblemError('not_cancelable', 'The try-on is final and can no longer be canceled');
    const row = await findVisible(database, caller, id);
    answerJson(response, 200, presentTryOn(row, await api.rooms.read(), config.mode === 'live'));
  };
}
