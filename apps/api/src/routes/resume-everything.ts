import { parseWith, resumeSchema } from '@catwalk/contract';
import { readPause, resumeEverything as resumeAll } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { presentPauseState } from '../present-status.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { requireAdmin } from '../require-admin.js';

/** `POST /v1/resume`: ends the pause of everything. Accounts that are paused stay so. */
export function resumeEverything(api: Api): RequestHandler {
  const { database, logger } = api.context;
  return async (request, response) => {
    const actor = requireAdmin(response).client;
    refuseQuery(request.url);
    orRefuse(parseWith(resumeSchema, await readOptionalJson(request)));
    if (await resumeAll(database, actor)) logger.warn({ actor }, 'everything.resumed');
    answerJson(response, 200, presentPauseState(await readPause(database)));
  };
}
