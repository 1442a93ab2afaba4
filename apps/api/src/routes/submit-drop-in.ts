import type { IncomingMessage } from 'node:http';
import { parseDropInTryOn } from '@catwalk/contract';
import { presentDropInTask } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { unavailable } from '../problem-error.js';
import { mediaTypeOf, readBody, unsupported } from '../read-body.js';
import { readForm } from '../read-form.js';
import { readIdempotencyKey } from '../read-idempotency-key.js';
import { parseJson } from '../read-json.js';
import { searchOf } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** `POST /v1/kling/images/virtual-try-on`, shaped as the provider's own. */
export function submitDropIn(api: Api): RequestHandler {
  return async (request, response) => {
    const idempotencyKey = readIdempotencyKey(request.headers['idempotency-key']);
    if (api.acceptor.isFull()) throw unavailable('Too many requests are waiting to be stored');
    const parsed = parseDropInTryOn(withEmail(await readFields(request), request.url));
    if (!parsed.ok) throw await api.acceptor.refusalOf(parsed);
    const caller = callerOf(response);
    const offer = { caller, origin: 'drop-in', idempotencyKey, body: parsed.value } as const;
    const accepted = await api.acceptor.accept(offer);
    if (accepted.replayed) response.setHeader('Idempotent-Replayed', 'true');
    answerJson(response, 200, presentDropInTask(accepted.row, await api.rooms.readIfPossible()));
    if (!accepted.replayed) api.context.carrier.wake();
  };
}

async function readFields(request: IncomingMessage): Promise<unknown> {
  const type = mediaTypeOf(request);
  if (type === 'application/json') return parseJson(await readBody(request));
  if (type === 'multipart/form-data') return readForm(request);
  throw unsupported('Send the body as application/json or multipart/form-data');
}

/** The provider takes the account in the query as well; the body's own wins. */
function withEmail(fields: unknown, url: string): unknown {
  const email = new URLSearchParams(searchOf(url)).get('email');
  if (email === null || typeof fields !== 'object' || fields === null || Array.isArray(fields)) return fields;
  const own = (fields as { email?: unknown }).email ?? '';
  return own === '' ? { ...fields, email } : fields;
}
