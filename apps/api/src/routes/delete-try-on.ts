import { deleteTryOns, takeRemovals } from '@catwalk/infra/postgres';
import { within } from '@catwalk/infra/process';
import { presentTryOn } from '@catwalk/presenters';
import type { RequestHandler } from 'express';
import { answerJson } from '../answer-json.js';
import type { Api } from '../app.js';
import { findVisible } from '../find-visible.js';
import { ProblemError } from '../problem-error.js';
import { refuseQuery } from '../read-query.js';
import { callerOf } from '../request-state.js';

/** More than one try-on has. */
const REMOVALS = 100;
const REMOVE_MS = 3_000;

/** `DELETE /v1/try-ons/{id}`: what stays is the bill. Once more changes nothing. */
export function deleteTryOn(api: Api): RequestHandler {
  const { config, database, pictures } = api.context;
  return async (request, response) => {
    refuseQuery(request.url);
    const caller = callerOf(response);
    const { id } = await findVisible(database, caller, request.params.id);
    const { deleted } = await deleteTryOns(database, [id], caller.client);
    if (!deleted.has(id))
      throw new ProblemError(
        'not_deletable',
        'Only a try-on that is final, and of which no attempt is still at the provider, can be deleted',
      );
    // Nobody is served them any more; what the store does not remove now, the worker does.
    const removing = takeRemovals(database, REMOVALS, (keys) => pictures.remove(keys));
    await within(REMOVE_MS, removing, 'removing pictures').catch(() => undefined);
    const row = await findVisible(database, caller, id);
    answerJson(response, 200, presentTryOn(row, await api.rooms.read(), config.mode === 'live'));
  };
}
