import { parseWith, retryTryOnSchema } from '@catwalk/contract';
import type { RefusalReason } from '@catwalk/core';
import { judgeJob } from '@catwalk/infra/postgres';
import { presentTryOn } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { findVisible } from '../find-visible.js';
import { ProblemError } from '../problem-error.js';
import { readOptionalJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** `POST /v1/try-ons/{id}/retry` */
export function retryTryOn(api: Api): RequestHandler {
  const { config, database, carrier } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    const { mayBillTwice } = orRefuse(parseWith(retryTryOnSchema, await readOptionalJson(request)));
    const caller = callerOf(response);
    const { id } = await findVisible(database, caller, request.params.id);
    if (mayBillTwice && !caller.admin)
      throw new ProblemError('forbidden', 'mayBillTwice is for admin keys: it can cost money twice');
    const event = { type: 'retried-by-client', mayBillTwice } as const;
    const judged = await judgeJob(database, { jobId: id, actor: caller.client, event });
    if (judged.kind === 'refused') throw refusalOf(judged.reason);
    carrier.wake();
    const row = await findVisible(database, caller, id);
    answerJson(response, 200, presentTryOn(row, await api.rooms.read(), config.mode === 'live'));
  };
}

function refusalOf(reason: RefusalReason): ProblemError {
  if (reason === 'may_bill_twice')
    return new ProblemError(
      'may_bill_twice',
      'An earlier attempt may still be running or paid for; an admin can retry with {"mayBillTwice": true}',
    );
  return new ProblemError('not_retryable', 'Only a failed, canceled or unconfirmed try-on can be retried');
}
