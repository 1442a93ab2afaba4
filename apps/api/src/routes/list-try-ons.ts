import { type ListQuery, parseListQuery, type TryOnList } from '@catwalk/contract';
import { makeId, listTryOns as readPage, type TryOnFilter } from '@catwalk/infra/postgres';
import { presentTryOn } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { readCursor, writeCursor } from '../cursor.js';
import { viewerOf } from '../find-visible.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';

const POSITION = [/^try_[0-9a-f]{32}$/];

/** `GET /v1/try-ons` */
export function listTryOns(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    const query = orRefuse(parseListQuery(searchOf(request.url)));
    const caller = callerOf(response);
    const filter = filterOf(query);
    const listing = ['try-ons', caller.client, caller.admin, filter];
    const [afterId = null] = query.cursor === undefined ? [] : readCursor(listing, query.cursor, POSITION);
    const beforeId = query.order === 'asc' ? await settledUpTo(api) : null;
    const page = await readPage(database, viewerOf(caller), filter, {
      afterId,
      beforeId,
      limit: query.limit,
    });
    const rooms = await api.rooms.read();
    const list: TryOnList = {
      data: page.rows.map((row) => presentTryOn(row, rooms, config.mode === 'live')),
      nextCursor: page.nextAfterId === null ? null : writeCursor(listing, [page.nextAfterId]),
    };
    answerJson(response, 200, list);
  };
}

/**
 * Jobs are not committed in the order of their ids, and an ascending cursor must not pass one that is still being
 * stored: so the list ends at this moment, and waits for what began before it.
 */
async function settledUpTo(api: Api): Promise<string> {
  const now = makeId('try');
  await api.acceptor.settle();
  return now;
}

function filterOf(query: ListQuery): TryOnFilter {
  return {
    statuses: query.status ?? null,
    batchId: query.batchId ?? null,
    customId: query.customId ?? null,
    replyRef: query.replyRef ?? null,
    metadata: Object.fromEntries(Object.entries(query.metadata).sort(([a], [b]) => (a < b ? -1 : 1))),
    createdAfter: query.createdAfter ?? null,
    createdBefore: query.createdBefore ?? null,
    order: query.order,
  };
}
