import type { Delivery } from '../delivery.js';
import type { WebhookEndpoint } from '../webhook-endpoint.js';

export const exampleEndpoint: WebhookEndpoint = {
  id: 'whe_01a20447a94f74fb841c3d97b548199d',
  object: 'webhook_endpoint',
  livemode: false,
  client: 'default',
  url: 'https://shop.example/hooks/catwalk',
  types: ['try_on.succeeded', 'try_on.failed'],
  allClients: false,
  description: 'The shop',
  state: 'enabled',
  disabled: null,
  failingSince: null,
  previousSecretUntil: null,
  createdAt: '2026-12-01T09:00:00.000Z',
  updatedAt: '2026-12-01T09:00:00.000Z',
};

/** Made up: no endpoint has it. */
export const exampleSecret = 'whsec_ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZQ==';

export const exampleDelivery: Delivery = {
  id: 'del_01a20447a94f74fb841c3d97b548199d',
  object: 'delivery',
  livemode: false,
  kind: 'endpoint',
  state: 'delivered',
  client: 'default',
  endpointId: 'whe_01a20447a94f74fb841c3d97b548199d',
  tryOnId: 'try_01a20447a94f74fb841c3d97b548199d',
  eventId: 'evt_01a20447a94f74fb841c3d97b548199d',
  eventType: 'try_on.succeeded',
  attempts: 1,
  nextAttemptAt: null,
  lastAttemptAt: '2026-12-01T09:12:44.120Z',
  lastStatus: 200,
  lastError: null,
  lastResponse: 'ok',
  deliveredAt: '2026-12-01T09:12:44.151Z',
  createdAt: '2026-12-01T09:12:44.098Z',
};

export const exampleTest: Delivery = {
  ...exampleDelivery,
  kind: 'test',
  state: 'pending',
  tryOnId: null,
  eventType: 'webhook.test',
  attempts: 0,
  nextAttemptAt: '2026-12-01T09:12:44.098Z',
  lastAttemptAt: null,
  lastStatus: null,
  lastResponse: null,
  deliveredAt: null,
};
