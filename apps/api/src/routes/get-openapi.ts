import { makeOpenApi } from '@catwalk/contract/openapi';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import { readVersion } from '../read-version.js';

/** `GET /openapi.json`, made when it is first asked for. */
export function getOpenApi(): RequestHandler {
  let document: unknown;
  return (_request, response) => {
    document ??= makeOpenApi(readVersion());
    answerJson(response, 200, document);
  };
}
