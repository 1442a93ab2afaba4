import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleDelivery, presentDelivery } from '../show-webhooks.js';

/** `GET /v1/deliveries/{id}` */
export function getDelivery(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    const row = await findVisibleDelivery(api, callerOf(response), request.params.id);
    answerJson(response, 200, presentDelivery(api, row));
  };
}
