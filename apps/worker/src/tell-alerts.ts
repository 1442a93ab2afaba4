import { ALERT_TYPES, explainAlert } from '@catwalk/core';
import { keepAlerts } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/**
 * A round of making alerts of events that a person should know of at once.
 *
 * @param again called when there is more to read
 */
export function createAlertTeller({ db }: WorkerContext, again: () => void): () => Promise<void> {
  return async () => {
    if (await keepAlerts(db, ALERT_TYPES, explainAlert)) again();
  };
}
