import { listAccounts } from '@catwalk/infra/postgres';
import type { Response } from 'express';
import { answerJson } from './answer-json.js';
import type { Api } from './app.js';
import { presentAccount } from './present-account.js';
import { ProblemError } from './problem-error.js';

/** Answers with the account as it stands now; 404 where there is none. */
export async function answerAccount(api: Api, response: Response, email: string): Promise<void> {
  const [row] = await listAccounts(api.context.database, email);
  if (row === undefined) throw new ProblemError('account_not_found', 'There is no account with this email');
  answerJson(response, 200, presentAccount(row));
}
