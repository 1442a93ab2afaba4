import {
  type DeliveriesQuery,
  type DeliveryList,
  deliveriesQuerySchema,
  endpointDeliveriesQuerySchema,
  parseQuery,
} from '@catwalk/contract';
import { type DeliveryFilter, listDeliveries as readPage } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import type { Caller } from '../authenticate.js';
import { readCursor, writeCursor } from '../cursor.js';
import { viewerOf } from '../find-visible.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleEndpoint, presentDelivery } from '../show-webhooks.js';

const POSITION = [/^del_[0-9a-f]{32}$/];

/** `GET /v1/deliveries` */
export function listDeliveries(api: Api): RequestHandler {
  return async (request, response) => {
    const query = orRefuse(parseQuery(deliveriesQuerySchema, searchOf(request.url)));
    answerJson(response, 200, await readList(api, callerOf(response), query));
  };
}

/** `GET /v1/webhook-endpoints/{id}/deliveries` */
export function listEndpointDeliveries(api: Api): RequestHandler {
  return async (request, response) => {
    const query = orRefuse(parseQuery(endpointDeliveriesQuerySchema, searchOf(request.url)));
    const caller = callerOf(response);
    const { id } = await findVisibleEndpoint(api, caller, request.params.id);
    answerJson(response, 200, await readList(api, caller, { ...query, endpointId: id }));
  };
}

async function readList(api: Api, caller: Caller, query: DeliveriesQuery): Promise<DeliveryList> {
  const filter: DeliveryFilter = {
    endpointId: query.endpointId ?? null,
    tryOnId: query.tryOnId ?? null,
    states: query.state ?? null,
    kind: query.kind ?? null,
    eventType: query.eventType ?? null,
  };
  const listing = ['deliveries', caller.client, caller.admin, filter];
  const [afterId = null] = query.cursor === undefined ? [] : readCursor(listing, query.cursor, POSITION);
  const page = await readPage(api.context.database, viewerOf(caller), {
    filter,
    afterId,
    limit: query.limit,
  });
  return {
    data: page.rows.map((row) => presentDelivery(api, row)),
    nextCursor: page.nextAfterId === null ? null : writeCursor(listing, [page.nextAfterId]),
  };
}
