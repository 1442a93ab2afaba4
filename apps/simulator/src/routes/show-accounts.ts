import type { RequestHandler } from 'express';
import type { Account } from '../accounts.js';
import { answer } from '../answer.js';
import type { SimulatorContext } from '../context.js';

/** `GET /v1/kling/accounts`: a map by email. */
export function listAccounts(context: SimulatorContext): RequestHandler {
  return (_request, response) => {
    const accounts = context.accounts.list();
    if (accounts.length === 0) return answer(response, 404, { error: 'No Kling accounts are configured' });
    answer(
      response,
      200,
      Object.fromEntries(accounts.map((account) => [account.email, presentAccount(account)])),
    );
  };
}

/** `GET /v1/kling/accounts/{email}` */
export function showAccount(context: SimulatorContext): RequestHandler<{ email: string }> {
  return (request, response) => {
    const { email } = request.params;
    const account = context.accounts.find(email);
    if (!account) return answer(response, 404, { error: `Account ${email} is not configured` });
    const balance = { points: [presentPoints()], tickets: [], nextApplyTime: 0, total: 66_000 };
    answer(response, 200, { ...presentAccount(account), balance });
  };
}

function presentAccount(account: Account): Record<string, unknown> {
  const expiresAt = endOfNextYear();
  return {
    email: account.email,
    session: {
      userId: 12345,
      ExpireTime: expiresAt.getTime(),
      ExpireTimeUTC: expiresAt.toISOString(),
    },
    maxJobs: account.maxJobs,
    password: '...secured...',
    ...(account.errorState === 596 ? { error: 'session expired, please log in again' } : {}),
  };
}

function presentPoints(): Record<string, unknown> {
  const endTime = endOfNextYear().getTime();
  return { orderId: '1', type: 'subscription', amount: 66_000, balance: 66_000, startTime: 0, endTime };
}

function endOfNextYear(): Date {
  return new Date(Date.UTC(new Date().getUTCFullYear() + 2, 0, 1));
}
