import { randomBytes } from 'node:crypto';
import {
  type Delivery,
  parseDeliveryId,
  parseWebhookEndpointId,
  type WebhookEndpoint,
} from '@catwalk/contract';
import {
  type DeliveryRow,
  findDelivery,
  findWebhookEndpoint,
  type WebhookEndpointRow,
} from '@catwalk/infra/postgres';
import type { Api } from './app.js';
import type { Caller } from './authenticate.js';
import { viewerOf } from './find-visible.js';
import { ProblemError } from './problem-error.js';

/** What signs for an endpoint, as the Standard Webhooks specification writes it: 256 random bits. */
export function makeWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** The id of an address, or a 404: what cannot be an id is not worth a query. */
export function readEndpointId(idText: unknown): string {
  return parseWebhookEndpointId(String(idText)) ?? unknownEndpoint();
}

export function unknownEndpoint(): never {
  throw new ProblemError('webhook_endpoint_not_found', 'There is no webhook endpoint with this id');
}

/** The endpoint of an address, if the caller may see it. */
export async function findVisibleEndpoint(
  { context }: Api,
  caller: Caller,
  idText: unknown,
): Promise<WebhookEndpointRow> {
  const id = readEndpointId(idText);
  return (await findWebhookEndpoint(context.database, viewerOf(caller), id)) ?? unknownEndpoint();
}

/** The delivery of an address, if the caller may see it. */
export async function findVisibleDelivery(
  { context }: Api,
  caller: Caller,
  idText: unknown,
): Promise<DeliveryRow> {
  const id = parseDeliveryId(String(idText));
  const row = id === null ? null : await findDelivery(context.database, viewerOf(caller), id);
  if (row !== null) return row;
  throw new ProblemError('delivery_not_found', 'There is no delivery with this id');
}

const DETAILS = {
  gone: 'It answered 410: what waited for it was canceled',
  failing: 'Nothing has arrived there for days, and a delivery was tried as often as it may be',
  person: 'It was disabled by a request',
} as const;

/** The row as its client sees it. */
export function presentEndpoint({ context }: Api, row: WebhookEndpointRow): WebhookEndpoint {
  const reason = row.stateReason ?? 'person';
  return {
    id: row.id,
    object: 'webhook_endpoint',
    livemode: context.config.mode === 'live',
    client: row.client,
    url: row.url,
    types: row.types,
    allClients: row.allClients,
    description: row.description,
    state: row.state,
    disabled:
      row.state === 'enabled'
        ? null
        : { reason, detail: DETAILS[reason], since: row.stateSince.toISOString() },
    failingSince: timeOf(row.failingSince),
    previousSecretUntil: timeOf(row.previousUntil),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function presentDelivery({ context }: Api, row: DeliveryRow): Delivery {
  return {
    id: row.id,
    object: 'delivery',
    livemode: context.config.mode === 'live',
    kind: row.kind,
    state: row.state,
    client: row.client,
    endpointId: row.endpointId,
    tryOnId: row.tryOnId,
    eventId: row.eventId,
    eventType: row.eventType,
    attempts: row.attempts,
    nextAttemptAt: row.state === 'pending' ? row.dueAt.toISOString() : null,
    lastAttemptAt: timeOf(row.lastAttemptAt),
    lastStatus: row.lastStatus,
    lastError: row.lastError,
    lastResponse: row.lastResponse,
    deliveredAt: timeOf(row.deliveredAt),
    createdAt: row.createdAt.toISOString(),
  };
}

function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
