import { parseCreateTryOn, type TryOn } from '@catwalk/contract';
import { isFinal } from '@catwalk/core';
import { findTryOn } from '@catwalk/infra/postgres';
import { presentTryOn } from '@catwalk/presenters';
import type { RequestHandler, Response } from 'express';
import type { Accepted } from '../accept-try-on.js';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { unavailable } from '../problem-error.js';
import { readIdempotencyKey } from '../read-idempotency-key.js';
import { readJson } from '../read-json.js';
import { readWaitPreference } from '../read-preference.js';
import { refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';
import { signalOf } from '../signal-of.js';

/** `POST /v1/try-ons` */
export function createTryOn(api: Api): RequestHandler {
  return async (request, response) => {
    refuseQuery(request.url);
    const idempotencyKey = readIdempotencyKey(request.headers['idempotency-key']);
    const waitSeconds = readWaitPreference(request.headers.prefer);
    if (api.acceptor.isFull()) throw unavailable('Too many requests are waiting to be stored');
    const parsed = parseCreateTryOn(await readJson(request));
    if (!parsed.ok) throw await api.acceptor.refusalOf(parsed);
    const caller = callerOf(response);
    const offer = { caller, origin: 'api', idempotencyKey, body: parsed.value } as const;
    const accepted = await api.acceptor.accept(offer);
    if (!accepted.replayed) setImmediate(() => api.context.carrier.wake());
    const tryOn = await shown(api, accepted, waitSeconds, response);
    answer(api, response, tryOn, accepted.replayed);
  };
}

/** The job is stored by now: whatever else fails, to be told to repeat the request would make another. */
async function shown(
  api: Api,
  accepted: Accepted,
  waitSeconds: number | null,
  response: Response,
): Promise<TryOn> {
  const { config, database } = api.context;
  let { row } = accepted;
  if (waitSeconds !== null && !isFinal(row.status)) {
    await api.finals.wait(row.id, waitSeconds, signalOf(response));
    row = (await findTryOn(database, row.client, row.id).catch(() => null)) ?? row;
  }
  return presentTryOn(row, await api.rooms.readIfPossible(), config.mode === 'live');
}

function answer(api: Api, response: Response, tryOn: TryOn, replayed: boolean): void {
  response.setHeader('Location', `${api.context.config.publicApiUrl ?? ''}/v1/try-ons/${tryOn.id}`);
  if (replayed) response.setHeader('Idempotent-Replayed', 'true');
  answerJson(response, 202, tryOn);
}
