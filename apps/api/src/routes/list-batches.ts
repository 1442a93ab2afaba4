import { type BatchList, batchListQuerySchema, parseQuery } from '@catwalk/contract';
import { listBatches as readPage } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { readCursor, writeCursor } from '../cursor.js';
import { viewerOf } from '../find-visible.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { showBatches } from '../show-batches.js';

const POSITION = [/^bat_[0-9a-f]{32}$/];

/** `GET /v1/batches` */
export function listBatches(api: Api): RequestHandler {
  return async (request, response) => {
    const { state = null, limit, cursor } = orRefuse(parseQuery(batchListQuerySchema, searchOf(request.url)));
    const caller = callerOf(response);
    const listing = ['batches', caller.client, caller.admin, state];
    const [afterId = null] = cursor === undefined ? [] : readCursor(listing, cursor, POSITION);
    const page = await readPage(api.context.database, viewerOf(caller), { state, afterId, limit });
    const list: BatchList = {
      data: await showBatches(api, page.rows),
      nextCursor: page.nextAfterId === null ? null : writeCursor(listing, [page.nextAfterId]),
    };
    answerJson(response, 200, list);
  };
}
