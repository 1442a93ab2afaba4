import {
  parseUsageQuery,
  type UsageCounts as ShownCounts,
  USAGE_ROWS_MAX,
  type Usage,
} from '@catwalk/contract';
import { estimateCost } from '@catwalk/core';
import { readUsage, type UsageAnswer, type UsageCounts, type UsageRow } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import { invalidRequest, ProblemError, unavailable } from '../problem-error.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** Months of a busy installation take seconds: they must not take the connections of those who submit. */
const AT_ONCE = 2;
/** Below the time after which a connection counts as gone silent. */
const TIMEOUT_MS = 6_000;

/** `GET /v1/usage` */
export function getUsage(api: Api): RequestHandler {
  const { config, database } = api.context;
  let underWay = 0;
  return async (request, response) => {
    const { from, to, by } = orRefuse(parseUsageQuery(searchOf(request.url), new Date(api.rooms.nowMs())));
    if (underWay >= AT_ONCE) throw tooMany();
    underWay += 1;
    const viewer = viewerOf(callerOf(response));
    const question = { viewer, from, to, by, rowsMax: USAGE_ROWS_MAX, timeoutMs: TIMEOUT_MS };
    const answer = await readUsage(database, question).finally(() => {
      underWay -= 1;
    });
    const { rows, total } = orExplain(answer);
    const usage: Usage = {
      object: 'usage',
      livemode: config.mode === 'live',
      from: from.toISOString(),
      to: to.toISOString(),
      by: [...by],
      data: rows.map((row) => ({ ...row, ...withCost(row, config.imagePrice) })),
      total: withCost(total, config.imagePrice),
    };
    answerJson(response, 200, usage);
  };
}

function orExplain(answer: UsageAnswer): { rows: readonly UsageRow[]; total: UsageCounts } {
  switch (answer.kind) {
    case 'read':
      return answer;
    case 'too_many_rows':
      throw invalidRequest([
        {
          path: 'by',
          message: `gives more than ${USAGE_ROWS_MAX} rows; ask for a shorter range or fewer groups`,
        },
      ]);
    case 'too_slow':
      throw unavailable('This range takes too long to sum up; ask for a shorter one');
  }
}

function tooMany(): ProblemError {
  const headers = { 'Retry-After': '1' };
  return new ProblemError('too_many_requests', 'Other usage is being summed up; ask again', { headers });
}

function withCost(counts: UsageCounts, price: Api['context']['config']['imagePrice']): ShownCounts {
  const { imagesSubmitted, imagesBilled, jobsSubmitted, jobsSucceeded, jobsFailed } = counts;
  const estimatedCost = price === null ? null : estimateCost(price, imagesBilled);
  return { imagesSubmitted, imagesBilled, jobsSubmitted, jobsSucceeded, jobsFailed, estimatedCost };
}
