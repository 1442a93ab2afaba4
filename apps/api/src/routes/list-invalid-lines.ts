import { type InvalidLineList, invalidLinesQuerySchema, parseQuery } from '@catwalk/contract';
import { listInvalidLines as readPage } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { readCursor, writeCursor } from '../cursor.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleBatch } from '../show-batches.js';

const POSITION = [/^\d{1,9}$/];

/** `GET /v1/batches/{id}/invalid-lines` */
export function listInvalidLines(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    const { limit, cursor } = orRefuse(parseQuery(invalidLinesQuerySchema, searchOf(request.url)));
    const caller = callerOf(response);
    const { id: batchId } = await findVisibleBatch(database, caller, request.params.id);
    const listing = ['invalid-lines', caller.client, batchId];
    const [after = '0'] = cursor === undefined ? [] : readCursor(listing, cursor, POSITION);
    const rows = await readPage(database, { batchId, afterLine: Number(after), limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1)?.line : undefined;
    const list: InvalidLineList = {
      data: shown.map(({ line, issues }) => ({ line, errors: issues })),
      nextCursor: last === undefined ? null : writeCursor(listing, [String(last)]),
    };
    answerJson(response, 200, list);
  };
}
