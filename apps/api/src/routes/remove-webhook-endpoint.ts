import type { RemovedWebhookEndpoint } from '@catwalk/contract';
import { removeWebhookEndpoint as remove } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import { refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { readEndpointId, unknownEndpoint } from '../show-webhooks.js';

/** `DELETE /v1/webhook-endpoints/{id}` */
export function removeWebhookEndpoint(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    const id = readEndpointId(request.params.id);
    if (!(await remove(api.context.database, viewerOf(callerOf(response)), id))) unknownEndpoint();
    const removed: RemovedWebhookEndpoint = { id, object: 'webhook_endpoint', deleted: true };
    answerJson(response, 200, removed);
  };
}
