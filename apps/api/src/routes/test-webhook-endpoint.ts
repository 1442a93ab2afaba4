import { parseWith, webhookControlSchema } from '@catwalk/contract';
import { insertTestDelivery } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleDelivery, findVisibleEndpoint, presentDelivery } from '../show-webhooks.js';

/** `POST /v1/webhook-endpoints/{id}/test`: sends an event `webhook.test`, once. */
export function testWebhookEndpoint(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    orRefuse(parseWith(webhookControlSchema, await readOptionalJson(request)));
    const caller = callerOf(response);
    const endpoint = await findVisibleEndpoint(api, caller, request.params.id);
    const id = await insertTestDelivery(database, endpoint);
    const row = await findVisibleDelivery(api, caller, id);
    response.setHeader('Location', `${config.publicApiUrl ?? ''}/v1/deliveries/${id}`);
    answerJson(response, 202, presentDelivery(api, row));
  };
}
