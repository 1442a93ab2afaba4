import { ALERT_TYPES, explainAlert } from '@catwalk/core';
import { keepAlerts } from '@catwalk/infra/postgres';
import type { WorkerContext } from './context.js';

/**
 * A round of making alerts of events that a person should know of at once.
 *
 * @param on.made called when there may be new ones
 * @param on.again called when there is more to read
 */
export function createAlertTeller(
  { db }: WorkerContext,
  on: { readonly made: () => void; readonly again: () => void },
): () => Promise<void> {
  return async () => {
    const { made, more } = await keepAlerts(db, ALERT_TYPES, explainAlert);
    if (made) on.made();
    if (more) on.again();
  };
}
