import { parseWith, webhookControlSchema } from '@catwalk/contract';
import { redeliverOne } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import { ProblemError } from '../problem-error.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleDelivery, presentDelivery } from '../show-webhooks.js';

/** `POST /v1/deliveries/{id}/redeliver` */
export function redeliver(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    orRefuse(parseWith(webhookControlSchema, await readOptionalJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisibleDelivery(api, caller, request.params.id);
    if ((await redeliverOne(database, viewerOf(caller), id)) === 'no_receiver')
      throw new ProblemError('not_redeliverable', 'Its endpoint is disabled or gone');
    answerJson(response, 202, presentDelivery(api, await findVisibleDelivery(api, caller, id)));
  };
}
