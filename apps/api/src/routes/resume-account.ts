import { parseWith, resumeSchema } from '@catwalk/contract';
import { resumeAccountByPerson } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerAccount } from '../answer-account.js';
import type { Api } from '../app.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { requireAdmin } from '../require-admin.js';

/** `POST /v1/accounts/{email}/resume`: ends a person's pause, and that of a fault: the next job tries at once. */
export function resumeAccount(api: Api): RequestHandler {
  const { database, logger } = api.context;
  return async (request, response) => {
    const actor = requireAdmin(response).client;
    refuseQuery(request.url);
    orRefuse(parseWith(resumeSchema, await readOptionalJson(request)));
    const email = String(request.params.email);
    const changed = await resumeAccountByPerson(database, email, actor);
    if (changed === true) logger.warn({ account: email, actor }, 'account.resumed');
    await answerAccount(api, response, email);
  };
}
