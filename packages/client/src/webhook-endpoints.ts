import {
  type Delivery,
  deliveryListSchema,
  deliverySchema,
  type EventType,
  type Redelivery,
  type RemovedWebhookEndpoint,
  redeliverySchema,
  removedWebhookEndpointSchema,
  type WebhookEndpoint,
  type WebhookEndpointWithSecret,
  webhookEndpointListSchema,
  webhookEndpointSchema,
  webhookEndpointWithSecretSchema,
} from '@catwalk/contract';
import { pathOf } from './address.js';
import { createKey } from './create-key.js';
import type { EndpointDeliveryFilter } from './deliveries.js';
import { type ListOptions, listPages, type Pages } from './pages.js';
import type { CallOptions, CreateOptions, Sender } from './request.js';
import { jsonBody } from './request-body.js';

export interface NewWebhookEndpoint {
  readonly url: string;
  /** All if absent. */
  readonly types?: readonly EventType[] | null | undefined;
  readonly description?: string | null | undefined;
  /** For admin keys: the events of all clients. */
  readonly allClients?: boolean | undefined;
}

/** What is left out stays. */
export interface WebhookEndpointChange extends Partial<NewWebhookEndpoint> {
  readonly state?: 'enabled' | 'disabled' | undefined;
}

export interface RedeliverOptions extends CallOptions {
  /** What has arrived too. */
  readonly delivered?: boolean | undefined;
}

/** `/v1/webhook-endpoints`. Everything throws `ApiError` for a refusal, and the other errors of this package. */
export interface WebhookEndpoints {
  /** The answer shows the secret, which is not shown again. */
  create(endpoint: NewWebhookEndpoint, options?: CreateOptions): Promise<WebhookEndpointWithSecret>;
  list(options?: ListOptions): Pages<WebhookEndpoint>;
  get(id: string, options?: CallOptions): Promise<WebhookEndpoint>;
  update(id: string, change: WebhookEndpointChange, options?: CallOptions): Promise<WebhookEndpoint>;
  remove(id: string, options?: CallOptions): Promise<RemovedWebhookEndpoint>;
  /** A new secret; for 24 hours the old one signs too. */
  rotateSecret(id: string, options?: CallOptions): Promise<WebhookEndpointWithSecret>;
  /** Sends an event `webhook.test`, once; read the delivery to see what came of it. */
  test(id: string, options?: CallOptions): Promise<Delivery>;
  /** What was sent there, newest first. */
  deliveries(id: string, filter?: EndpointDeliveryFilter & ListOptions): Pages<Delivery>;
  /** Sends again what happened since a time and did not arrive. */
  redeliver(id: string, since: Date | string, options?: RedeliverOptions): Promise<Redelivery>;
}

const PATH = '/v1/webhook-endpoints';

export function createWebhookEndpoints(sender: Sender): WebhookEndpoints {
  return {
    create: async (endpoint, { idempotencyKey = createKey(), ...options } = {}) =>
      sender.send(
        { ...options, method: 'POST', path: PATH, body: jsonBody(endpoint), idempotencyKey },
        webhookEndpointWithSecretSchema,
      ),
    list: (options = {}) =>
      listPages(sender, { path: PATH, query: {}, schema: webhookEndpointListSchema }, options),
    get: async (id, options = {}) =>
      sender.send(
        { ...options, method: 'GET', path: pathOf`/v1/webhook-endpoints/${id}` },
        webhookEndpointSchema,
      ),
    update: async (id, change, options = {}) => {
      const path = pathOf`/v1/webhook-endpoints/${id}`;
      return sender.send(
        { ...options, method: 'PATCH', path, body: jsonBody(change) },
        webhookEndpointSchema,
      );
    },
    remove: async (id, options = {}) => {
      const path = pathOf`/v1/webhook-endpoints/${id}`;
      return sender.send({ ...options, method: 'DELETE', path }, removedWebhookEndpointSchema);
    },
    rotateSecret: async (id, options = {}) => {
      const path = pathOf`/v1/webhook-endpoints/${id}/rotate-secret`;
      const asked = { ...options, method: 'POST', path, body: jsonBody({}) } as const;
      return sender.send(asked, webhookEndpointWithSecretSchema);
    },
    test: async (id, options = {}) => {
      const path = pathOf`/v1/webhook-endpoints/${id}/test`;
      return sender.send({ ...options, method: 'POST', path, body: jsonBody({}) }, deliverySchema);
    },
    deliveries: (id, { state, eventType, tryOnId, ...options } = {}) => {
      const path = pathOf`/v1/webhook-endpoints/${id}/deliveries`;
      return listPages(
        sender,
        { path, query: { state, eventType, tryOnId }, schema: deliveryListSchema },
        options,
      );
    },
    redeliver: async (id, since, { delivered, ...options } = {}) => {
      const path = pathOf`/v1/webhook-endpoints/${id}/redeliver`;
      return sender.send(
        { ...options, method: 'POST', path, body: jsonBody({ since, delivered }) },
        redeliverySchema,
      );
    },
  };
}
