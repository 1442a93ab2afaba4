import type { DropInAsset } from '@catwalk/contract';
import { assetAddress } from '@catwalk/infra/assets';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { takeAsset } from '../take-asset.js';

/** The provider's word for a picture that is stored. */
const STORED = 3;

/** `POST /v1/kling/assets?email=`, shaped as the provider's own. What else stands in the query is ignored, as there. */
export function uploadDropInAsset(api: Api): RequestHandler {
  return async (request, response) => {
    const email = new URLSearchParams(searchOf(request.url)).get('email') || null;
    const { asset } = await takeAsset(api, request, callerOf(response), email);
    const url = assetAddress(asset, api.context.config.publicWebhookUrl);
    const body: DropInAsset = { status: STORED, url, message: '', fileName: asset.fileName };
    answerJson(response, 200, body);
  };
}
