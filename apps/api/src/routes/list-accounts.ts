import type { AccountList } from '@catwalk/contract';
import { listAccounts as listRows } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { presentAccount } from '../present-account.js';
import { refuseQuery } from '../read-query.js';
import { requireAdmin } from '../require-admin.js';

/** `GET /v1/accounts` */
export function listAccounts(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    requireAdmin(response);
    refuseQuery(request.url);
    const list: AccountList = { data: (await listRows(database)).map(presentAccount) };
    answerJson(response, 200, list);
  };
}
