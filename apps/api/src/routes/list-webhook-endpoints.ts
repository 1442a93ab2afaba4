import { parseQuery, type WebhookEndpointList, webhookEndpointListQuerySchema } from '@catwalk/contract';
import { listWebhookEndpoints as readPage } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { readCursor, writeCursor } from '../cursor.js';
import { viewerOf } from '../find-visible.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { presentEndpoint } from '../show-webhooks.js';

const POSITION = [/^whe_[0-9a-f]{32}$/];

/** `GET /v1/webhook-endpoints` */
export function listWebhookEndpoints(api: Api): RequestHandler {
  return async (request, response) => {
    const { limit, cursor } = orRefuse(parseQuery(webhookEndpointListQuerySchema, searchOf(request.url)));
    const caller = callerOf(response);
    const listing = ['webhook-endpoints', caller.client, caller.admin];
    const [afterId = null] = cursor === undefined ? [] : readCursor(listing, cursor, POSITION);
    const page = await readPage(api.context.database, viewerOf(caller), { afterId, limit });
    const list: WebhookEndpointList = {
      data: page.rows.map((row) => presentEndpoint(api, row)),
      nextCursor: page.nextAfterId === null ? null : writeCursor(listing, [page.nextAfterId]),
    };
    answerJson(response, 200, list);
  };
}
