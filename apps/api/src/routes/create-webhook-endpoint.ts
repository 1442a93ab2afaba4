import { hash } from 'node:crypto';
import { type CreateWebhookEndpoint, createWebhookEndpointSchema, parseWith } from '@catwalk/contract';
import { insertWebhookEndpoint, makeId } from '@catwalk/infra/postgres';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { judgeEndpoint } from '../judge-endpoint.js';
import { ProblemError } from '../problem-error.js';
import { readIdempotencyKey } from '../read-idempotency-key.js';
import { readJson } from '../read-json.js';
import { orRefuse, refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { makeWebhookSecret, presentEndpoint } from '../show-webhooks.js';

/** `POST /v1/webhook-endpoints`: the one answer, besides that of a rotation, that shows what signs. */
export function createWebhookEndpoint(api: Api): RequestHandler {
  const { config, database } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    const idempotencyKey = readIdempotencyKey(request.headers['idempotency-key']);
    const body = orRefuse(parseWith(createWebhookEndpointSchema, await readJson(request)));
    const caller = callerOf(response);
    judgeEndpoint(api, caller, body);
    const stored = await insertWebhookEndpoint(database, {
      ...body,
      id: makeId('whe'),
      client: caller.client,
      admin: caller.admin,
      idempotencyKey,
      fingerprint: fingerprintOf(body),
      secret: makeWebhookSecret(),
    });
    if (stored.kind === 'key_reused')
      throw new ProblemError('idempotency_key_reused', 'This Idempotency-Key was used with another body');
    const { row, secret } = stored;
    response.setHeader('Location', `${config.publicApiUrl ?? ''}/v1/webhook-endpoints/${row.id}`);
    if (stored.kind === 'replayed') response.setHeader('Idempotent-Replayed', 'true');
    answerJson(response, 201, { ...presentEndpoint(api, row), secret });
  };
}

function fingerprintOf({ url, types, description, allClients }: CreateWebhookEndpoint): string {
  const sorted = types === null ? null : [...types].sort();
  return hash('sha256', JSON.stringify([url, sorted, description, allClients]), 'base64url');
}
