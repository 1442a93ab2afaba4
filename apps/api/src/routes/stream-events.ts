import { eventStreamQuerySchema, LATEST, parseLastEventId, parseQuery } from '@catwalk/contract';
import { readLastPosition } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import type { Api } from '../app.js';
import { eventFilterOf } from '../event-filter-of.js';
import { viewerOf } from '../find-visible.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** `GET /v1/events/stream` */
export function streamEvents(api: Api): RequestHandler {
  return async (request, response) => {
    const query = orRefuse(parseQuery(eventStreamQuerySchema, searchOf(request.url)));
    const lastEventId = request.headers['last-event-id'];
    const after =
      lastEventId === undefined ? (query.after ?? LATEST) : orRefuse(parseLastEventId(String(lastEventId)));
    const caller = callerOf(response);
    const position = after === LATEST ? await readLastPosition(api.context.database, null) : BigInt(after);
    await api.streams.follow(caller, response, {
      viewer: viewerOf(caller),
      filter: eventFilterOf(query),
      after: position,
    });
  };
}
