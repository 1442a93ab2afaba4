import { batchControlSchema, parseWith, type RetryFailed } from '@catwalk/contract';
import { retryFailed as retryFailedOf } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { explainControl } from '../explain-control.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleBatch } from '../show-batches.js';

/** `POST /v1/batches/{id}/retry-failed` */
export function retryFailed(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    orRefuse(parseWith(batchControlSchema, await readOptionalJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisibleBatch(database, caller, request.params.id);
    const answer = await retryFailedOf(database, id, { actor: caller.client });
    if (answer.kind !== 'done') throw explainControl(answer, 'retried');
    const { retried, leftOut } = answer;
    const shown: RetryFailed = { object: 'batch_retry', retried, leftOut };
    answerJson(response, 200, shown);
  };
}
