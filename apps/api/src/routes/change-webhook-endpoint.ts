import { changeWebhookEndpointSchema, parseWith } from '@catwalk/contract';
import { changeWebhookEndpoint as saveChange } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import { judgeEndpoint } from '../judge-endpoint.js';
import { readJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleEndpoint, presentEndpoint, unknownEndpoint } from '../show-webhooks.js';

/** `PATCH /v1/webhook-endpoints/{id}`: what is left out stays. */
export function changeWebhookEndpoint(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    const change = orRefuse(parseWith(changeWebhookEndpointSchema, await readJson(request)));
    const caller = callerOf(response);
    judgeEndpoint(api, caller, change);
    const { id } = await findVisibleEndpoint(api, caller, request.params.id);
    const row = await saveChange(api.context.database, viewerOf(caller), id, change);
    answerJson(response, 200, presentEndpoint(api, row ?? unknownEndpoint()));
  };
}
