import { parseWith, pauseSchema } from '@catwalk/contract';
import { pauseEverything as pauseAll, readPause } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { presentPauseState } from '../present-status.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { requireAdmin } from '../require-admin.js';

/** `POST /v1/pause`: nothing is claimed after the answer, by any worker, until `POST /v1/resume`. */
export function pauseEverything(api: Api): RequestHandler {
  const { database, logger } = api.context;
  return async (request, response) => {
    const actor = requireAdmin(response).client;
    refuseQuery(request.url);
    const { reason } = orRefuse(parseWith(pauseSchema, await readOptionalJson(request)));
    if (await pauseAll(database, { actor, reason })) logger.warn({ actor, reason }, 'everything.paused');
    answerJson(response, 200, presentPauseState(await readPause(database)));
  };
}
