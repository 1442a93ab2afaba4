import type { Delivery, DeliveryState } from '@catwalk/client';
import { CliError } from './cli-error.js';
import { plural, printable, tableLines } from './print-table.js';
import { EXIT, type Session } from './session.js';
import { takeFirst } from './take-first.js';

interface Wanted {
  readonly endpoint?: string;
  readonly tryOn?: string;
  readonly state?: DeliveryState[];
  readonly limit: number;
}

/** The newest deliveries. @returns the exit code */
export async function listDeliveries(
  session: Session,
  { endpoint, tryOn, state, limit }: Wanted,
): Promise<number> {
  const pages = session.catwalk.deliveries.list({
    endpointId: endpoint,
    tryOnId: tryOn,
    state,
    limit: Math.min(limit, 200),
    signal: session.around.signal,
  });
  const deliveries = await takeFirst(pages, limit);
  session.answer({ data: deliveries });
  session.say(
    ...tableLines([['delivery', 'event', 'to', 'state', 'tries', 'last'], ...deliveries.map(rowOf)]),
  );
  return EXIT.fine;
}

function rowOf(delivery: Delivery): string[] {
  const { id, eventType, endpointId, kind, state, attempts } = delivery;
  return [id, eventType, endpointId ?? kind, state, String(attempts), lastOf(delivery)];
}

function lastOf({ lastStatus, lastError }: Delivery): string {
  return lastError ?? (lastStatus === null ? 'not yet sent' : String(lastStatus));
}

/** One delivery in a line. */
export function deliveryLine(delivery: Delivery): string {
  return printable(`${delivery.id} ${delivery.state}: ${lastOf(delivery)}`);
}

/** One delivery, or all of an endpoint since a time. @returns the exit code */
export async function redeliver(
  session: Session,
  { since, delivered }: { readonly since?: string; readonly delivered?: boolean },
  id = '',
): Promise<number> {
  const { signal } = session.around;
  const { webhookEndpoints, deliveries } = session.catwalk;
  if (id.startsWith('whe_')) {
    if (since === undefined) throw new CliError('Say since when, with --since <time>', 'since_missing');
    const answer = await webhookEndpoints.redeliver(id, since, { delivered, signal });
    session.answer(answer);
    session.say(`${plural(answer.queued, 'delivery', 'deliveries')} on their way`);
    return EXIT.fine;
  }
  const delivery = await deliveries.redeliver(id, { signal });
  session.answer(delivery);
  session.say(deliveryLine(delivery));
  return EXIT.fine;
}
