import {
  BATCH_FORMATS,
  BATCH_MEDIA_TYPES,
  type Batch,
  type BatchFormat,
  createBatchQuerySchema,
  parseQuery,
} from '@catwalk/contract';
import type { Request, RequestHandler, Response } from 'express';
import type { AcceptedBatch } from '../accept-batch.js';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { estimateBatch } from '../estimate-batch.js';
import { openUpload } from '../open-upload.js';
import { mediaTypeOf, unsupported } from '../read-body.js';
import { readIdempotencyKey } from '../read-idempotency-key.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { showBatch } from '../show-batches.js';

/** `POST /v1/batches` */
export function createBatch(api: Api): RequestHandler {
  return async (request, response) => {
    const query = orRefuse(parseQuery(createBatchQuerySchema, searchOf(request.url)));
    const idempotencyKey = readIdempotencyKey(request.headers['idempotency-key']);
    const format = formatOf(request);
    const caller = callerOf(response);
    const offer = { caller, idempotencyKey, format, query, body: openUpload(request) };
    if (query.dryRun === 'true') {
      const estimate = await api.batches.admit(offer, () => estimateBatch(api, offer));
      return answerJson(response, 200, estimate);
    }
    const accepted = await api.batches.accept(offer);
    if (!accepted.replayed) setImmediate(() => api.context.carrier.wake());
    answer(api, response, await showBatch(api, caller, accepted.id), accepted);
  };
}

function formatOf(request: Request): BatchFormat {
  const type = mediaTypeOf(request);
  const format = BATCH_FORMATS.find((one) => BATCH_MEDIA_TYPES[one] === type);
  if (format !== undefined) return format;
  throw unsupported(`Send the body as ${Object.values(BATCH_MEDIA_TYPES).join(', ')}`);
}

function answer(api: Api, response: Response, batch: Batch, { replayed }: AcceptedBatch): void {
  response.setHeader('Location', `${api.context.config.publicApiUrl ?? ''}/v1/batches/${batch.id}`);
  if (replayed) response.setHeader('Idempotent-Replayed', 'true');
  answerJson(response, 202, batch);
}
