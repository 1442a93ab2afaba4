import { batchPrioritySchema, PRIORITIES, type Priority, parseWith } from '@catwalk/contract';
import { setBatchPriority as giveBatchPriority } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { explainControl } from '../explain-control.js';
import { readJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { findVisibleBatch, showBatch } from '../show-batches.js';

/** `POST /v1/batches/{id}/priority` */
export function setBatchPriority(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    const { priority } = orRefuse(parseWith(batchPrioritySchema, await readJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisibleBatch(database, caller, request.params.id);
    const control = await giveBatchPriority(database, id, numberOf(priority));
    const refusal = explainControl(control, 'given another priority');
    if (refusal !== null) throw refusal;
    answerJson(response, 200, await showBatch(api, caller, id));
  };
}

function numberOf(priority: Priority): 0 | 1 | 2 {
  return PRIORITIES.indexOf(priority) as 0 | 1 | 2;
}
