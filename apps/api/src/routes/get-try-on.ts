import { getQuerySchema, parseQuery } from '@catwalk/contract';
import { isFinal } from '@catwalk/core';
import { presentTryOn } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { findVisible } from '../find-visible.js';
import { readWaitPreference } from '../read-preference.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { signalOf } from '../signal-of.js';

/** `GET /v1/try-ons/{id}` */
export function getTryOn(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    const query = orRefuse(parseQuery(getQuerySchema, searchOf(request.url)));
    const waitSeconds = query.wait ?? readWaitPreference(request.headers.prefer);
    const caller = callerOf(response);
    let row = await findVisible(database, caller, request.params.id);
    if (waitSeconds !== null && !isFinal(row.status)) {
      await api.finals.wait(row.id, waitSeconds, signalOf(response));
      row = await findVisible(database, caller, row.id);
    }
    answerJson(response, 200, presentTryOn(row, await api.rooms.read(), config.mode === 'live'));
  };
}
