import { assetQuerySchema, parseQuery } from '@catwalk/contract';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { presentAsset } from '../present-asset.js';
import { readIdempotencyKey } from '../read-idempotency-key.js';
import { orRefuse, searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { takeAsset } from '../take-asset.js';

/** `POST /v1/assets`. An idempotency key may be sent, and is not needed: the same bytes are the same asset. */
export function createAsset(api: Api): RequestHandler {
  const { config } = api.context;
  return async (request, response) => {
    const { email = null } = orRefuse(parseQuery(assetQuerySchema, searchOf(request.url)));
    readIdempotencyKey(request.headers['idempotency-key']);
    const { asset, isNew } = await takeAsset(api, request, callerOf(response), email);
    if (isNew) response.setHeader('Location', `${config.publicApiUrl ?? ''}/v1/assets/${asset.id}`);
    else response.setHeader('Idempotent-Replayed', 'true');
    answerJson(response, isNew ? 201 : 200, presentAsset(asset, config));
  };
}
