import { parseWith, pauseSchema } from '@catwalk/contract';
import { pauseAccountByPerson } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerAccount } from '../answer-account.js';
import type { Api } from '../app.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { requireAdmin } from '../require-admin.js';

/** `POST /v1/accounts/{email}/pause`: nothing is submitted on it until a person resumes it. */
export function pauseAccount(api: Api): RequestHandler {
  const { database, logger } = api.context;
  return async (request, response) => {
    const actor = requireAdmin(response).client;
    refuseQuery(request.url);
    const { reason } = orRefuse(parseWith(pauseSchema, await readOptionalJson(request)));
    const email = String(request.params.email);
    const changed = await pauseAccountByPerson(database, email, { actor, reason });
    if (changed === true) logger.warn({ account: email, actor, reason }, 'account.paused');
    await answerAccount(api, response, email);
  };
}
