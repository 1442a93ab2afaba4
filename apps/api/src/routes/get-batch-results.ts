import { parseQuery, RESULT_STATUSES, type ResultFormat, resultsQuerySchema } from '@catwalk/contract';
import { isPostgresAway } from '@catwalk/infra/postgres';
import type { RequestHandler, Response } from 'express';
import type { Api } from '../app.js';
import { orRefuse, searchOf } from '../read-query.js';
import { resultsAsCsv, resultsAsNdjson } from '../read-results.js';
import { callerOf, stateOf } from '../request-state.js';
import { findVisibleBatch } from '../show-batches.js';
import { streamText } from '../stream-text.js';

const TYPES: Readonly<Record<ResultFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
};

/** `GET /v1/batches/{id}/results` */
export function getBatchResults(api: Api): RequestHandler {
  const { database } = api.context;
  return async (request, response) => {
    const query = orRefuse(parseQuery(resultsQuerySchema, searchOf(request.url)));
    const batch = await findVisibleBatch(database, callerOf(response), request.params.id);
    const { links } = await api.rooms.read();
    const wanted = { statuses: query.status ?? RESULT_STATUSES, after: BigInt(query.after ?? 0), links };
    const read = query.format === 'csv' ? resultsAsCsv : resultsAsNdjson;
    const what = query.status?.join('-') ?? 'results';
    const headers = {
      'Content-Type': TYPES[query.format],
      'Content-Disposition': `attachment; filename="${batch.id}-${what}.${query.format}"`,
    };
    try {
      await streamText(response, headers, read(database, batch, wanted));
    } catch (error) {
      if (response.headersSent) tell(api, response, error);
      throw error;
    }
  };
}

/** An answer that has begun can only be broken off: the log is where the reason is told. */
function tell({ context: { logger, outages } }: Api, response: Response, error: unknown): void {
  if (isPostgresAway(error)) outages.failed('postgres', error);
  else logger.error({ requestId: stateOf(response).requestId, err: error }, 'results.cut');
}
