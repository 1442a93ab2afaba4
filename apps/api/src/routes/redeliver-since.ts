import { parseWith, type Redelivery, redeliverSinceSchema } from '@catwalk/contract';
import { redeliverSince as queueAgain } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { ProblemError } from '../problem-error.js';
import { readJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleEndpoint } from '../show-webhooks.js';

/** `POST /v1/webhook-endpoints/{id}/redeliver`: what did not arrive since a time. */
export function redeliverSince(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    const { since, delivered } = orRefuse(parseWith(redeliverSinceSchema, await readJson(request)));
    const endpoint = await findVisibleEndpoint(api, callerOf(response), request.params.id);
    if (endpoint.state === 'disabled')
      throw new ProblemError('not_redeliverable', 'The endpoint is disabled: enable it first');
    const queued = await queueAgain(api.context.database, endpoint.id, { since, again: delivered });
    const answer: Redelivery = { object: 'redelivery', queued };
    answerJson(response, 200, answer);
  };
}
