import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleEndpoint, presentEndpoint } from '../show-webhooks.js';

/** `GET /v1/webhook-endpoints/{id}` */
export function getWebhookEndpoint(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    const row = await findVisibleEndpoint(api, callerOf(response), request.params.id);
    answerJson(response, 200, presentEndpoint(api, row));
  };
}
