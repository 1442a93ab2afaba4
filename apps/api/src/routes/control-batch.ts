import { batchControlSchema, parseWith } from '@catwalk/contract';
import { cancelBatch, pauseBatch, resumeBatch } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { explainControl } from '../explain-control.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleBatch, showBatch } from '../show-batches.js';

const ORDERS = { cancel: cancelBatch, pause: pauseBatch, resume: resumeBatch };
type Order = keyof typeof ORDERS;

const DONE: Readonly<Record<Order, string>> = { cancel: 'canceled', pause: 'paused', resume: 'resumed' };

/** `POST /v1/batches/{id}/cancel`, `/pause` and `/resume` */
export function controlBatch(api: Api, order: Order): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    orRefuse(parseWith(batchControlSchema, await readOptionalJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisibleBatch(database, caller, request.params.id);
    const control = await ORDERS[order](database, id, { actor: caller.client });
    const refusal = explainControl(control, DONE[order]);
    if (refusal !== null) throw refusal;
    answerJson(response, 200, await showBatch(api, caller, id));
  };
}
