import { type EventList, eventListQuerySchema, LATEST, parseQuery } from '@catwalk/contract';
import { readLastPosition, listEvents as readPage } from '@catwalk/infra/postgres';
import { presentEvents } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { eventFilterOf } from '../event-filter-of.js';
import { viewerOf } from '../find-visible.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** `GET /v1/events` */
export function listEvents(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    const query = orRefuse(parseQuery(eventListQuerySchema, searchOf(request.url)));
    const after = query.after === LATEST ? await readLastPosition(database, null) : BigInt(query.after ?? 0);
    const page = await readPage(database, viewerOf(callerOf(response)), {
      after,
      limit: query.limit,
      filter: eventFilterOf(query),
    });
    const list: EventList = {
      data: await presentEvents(database, page.rows, {
        rooms: await api.rooms.read(),
        livemode: config.mode === 'live',
        imagePrice: config.imagePrice,
      }),
      nextAfter: Number(page.readTo),
      hasMore: page.hasMore,
    };
    answerJson(response, 200, list);
  };
}
