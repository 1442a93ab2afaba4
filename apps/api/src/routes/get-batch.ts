import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { showBatch } from '../show-batches.js';

/** `GET /v1/batches/{id}` */
export function getBatch(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    answerJson(response, 200, await showBatch(api, callerOf(response), request.params.id));
  };
}
