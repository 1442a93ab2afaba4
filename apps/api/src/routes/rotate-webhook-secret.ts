import { parseWith, webhookControlSchema } from '@catwalk/contract';
import { rotateWebhookSecret as rotate } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { makeWebhookSecret, presentEndpoint, readEndpointId, unknownEndpoint } from '../show-webhooks.js';

/** `POST /v1/webhook-endpoints/{id}/rotate-secret`: for a day both sign. */
export function rotateWebhookSecret(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    orRefuse(parseWith(webhookControlSchema, await readOptionalJson(request)));
    const secret = makeWebhookSecret();
    const id = readEndpointId(request.params.id);
    const row = await rotate(api.context.database, viewerOf(callerOf(response)), id, secret);
    answerJson(response, 200, { ...presentEndpoint(api, row ?? unknownEndpoint()), secret });
  };
}
