import { parseQuery, type Timeline, timelineQuerySchema } from '@catwalk/contract';
import { readTimeline, type TimelinePosition } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { readCursor, writeCursor } from '../cursor.js';
import { findVisible } from '../find-visible.js';
import { presentTimelineEntry } from '../present-timeline.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';

const POSITION = [/^\d{1,18}$/, /^[0-2]$/, /^[\w-]{1,64}$/];

/** `GET /v1/try-ons/{id}/timeline` */
export function getTimeline(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    const query = orRefuse(parseQuery(timelineQuerySchema, searchOf(request.url)));
    const caller = callerOf(response);
    const { id } = await findVisible(database, caller, request.params.id);
    const listing = ['timeline', caller.client, id];
    const after = query.cursor === undefined ? null : positionOf(readCursor(listing, query.cursor, POSITION));
    const { rows, hasMore } = await readTimeline(database, id, { after, limit: query.limit });
    const last = hasMore ? rows.at(-1)?.position : undefined;
    const timeline: Timeline = {
      data: rows.map(presentTimelineEntry),
      nextCursor: last === undefined ? null : writeCursor(listing, [last.atUs, String(last.source), last.id]),
    };
    answerJson(response, 200, timeline);
  };
}

function positionOf([atUs = '', source = '', id = '']: readonly string[]): TimelinePosition {
  return { atUs, source: Number(source), id };
}
