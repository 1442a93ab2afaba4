import { parseAssetId } from '@catwalk/contract';
import { findAsset } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { viewerOf } from '../find-visible.js';
import { presentAsset } from '../present-asset.js';
import { ProblemError } from '../problem-error.js';
import { refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** `GET /v1/assets/{id}` */
export function getAsset(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    const id = parseAssetId(String(request.params.id));
    const asset = id === null ? null : await findAsset(database, viewerOf(callerOf(response)), id);
    if (asset === null) throw new ProblemError('asset_not_found', 'There is no asset with this id');
    answerJson(response, 200, presentAsset(asset, config));
  };
}
