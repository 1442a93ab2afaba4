import { setTimeout as wait } from 'node:timers/promises';
import type { Delivery, WebhookEndpoint, WebhookEndpointWithSecret } from '@catwalk/client';
import type { EventType } from '@catwalk/contract';
import { tableLines } from './print-table.js';
import { EXIT, type Session } from './session.js';
import { deliveryLine } from './show-deliveries.js';
import { takeFirst } from './take-first.js';

const SHOWN_MAX = 1_000;

/** The endpoints. @returns the exit code */
export async function listWebhooks(session: Session): Promise<number> {
  const { signal } = session.around;
  const endpoints = await takeFirst(session.catwalk.webhookEndpoints.list({ limit: 200, signal }), SHOWN_MAX);
  session.answer({ data: endpoints });
  session.say(...tableLines([['endpoint', 'state', 'types', 'url'], ...endpoints.map(rowOf)]));
  return EXIT.fine;
}

function rowOf(endpoint: WebhookEndpoint): string[] {
  return [endpoint.id, stateOf(endpoint), endpoint.types?.join(',') ?? 'all', endpoint.url];
}

function stateOf({ state, disabled, failingSince }: WebhookEndpoint): string {
  if (disabled !== null) return `${state} (${disabled.reason})`;
  return failingSince === null ? state : `failing since ${failingSince}`;
}

interface Wanted {
  readonly types?: EventType[];
  readonly description?: string;
  readonly allClients?: boolean;
}

/** A new one, with its secret. @returns the exit code */
export async function createWebhook(
  session: Session,
  { types, description, allClients }: Wanted,
  url = '',
): Promise<number> {
  const { signal } = session.around;
  const made = await session.catwalk.webhookEndpoints.create(
    { url, types, description, allClients },
    { signal },
  );
  return sayWithSecret(session, made);
}

/** @returns the exit code */
export async function rotateWebhook(session: Session, _: unknown, id = ''): Promise<number> {
  const { signal } = session.around;
  return sayWithSecret(session, await session.catwalk.webhookEndpoints.rotateSecret(id, { signal }));
}

function sayWithSecret(session: Session, endpoint: WebhookEndpointWithSecret): number {
  session.answer(endpoint);
  session.say(endpoint.id, endpoint.secret);
  session.note('Keep the secret where your receiver reads it: it is not shown again.');
  return EXIT.fine;
}

/** @returns the exit code */
export async function deleteWebhook(session: Session, _: unknown, id = ''): Promise<number> {
  const { signal } = session.around;
  session.answer(await session.catwalk.webhookEndpoints.remove(id, { signal }));
  session.say(`${id} is deleted`);
  return EXIT.fine;
}

/** @returns the exit code */
export async function enableWebhook(session: Session, _: unknown, id = ''): Promise<number> {
  const { signal } = session.around;
  const endpoint = await session.catwalk.webhookEndpoints.update(id, { state: 'enabled' }, { signal });
  session.answer(endpoint);
  session.say(...tableLines([rowOf(endpoint)]));
  return EXIT.fine;
}

const LOOK_EVERY_MS = 250;
/** A receiver has 15 seconds to answer. */
const LOOKS_MAX = 80;

/** Sends a test and waits for what comes of it. @returns the exit code: 2 if it did not arrive */
export async function testWebhook(session: Session, _: unknown, id = ''): Promise<number> {
  const { signal } = session.around;
  const { webhookEndpoints, deliveries } = session.catwalk;
  let delivery: Delivery = await webhookEndpoints.test(id, { signal });
  for (let looks = 0; delivery.state === 'pending' && looks < LOOKS_MAX; looks += 1) {
    await wait(LOOK_EVERY_MS, undefined, { signal });
    delivery = await deliveries.get(delivery.id, { signal });
  }
  session.answer(delivery);
  session.say(deliveryLine(delivery));
  return delivery.state === 'delivered' ? EXIT.fine : EXIT.someFailed;
}
