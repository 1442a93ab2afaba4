import {
  deliveriesQuerySchema,
  deliveryListSchema,
  deliverySchema,
  endpointDeliveriesQuerySchema,
} from '../delivery.js';
import { BODY_REFUSALS, type Operation, type Parameter } from '../openapi/operation.js';
import { idempotencyKey } from '../openapi/parameters.js';
import { exampleDelivery, exampleEndpoint, exampleSecret, exampleTest } from '../openapi/webhook-examples.js';
import {
  changeWebhookEndpointSchema,
  createWebhookEndpointSchema,
  redeliverSinceSchema,
  redeliverySchema,
  removedWebhookEndpointSchema,
  webhookControlSchema,
  webhookEndpointListQuerySchema,
  webhookEndpointListSchema,
  webhookEndpointSchema,
  webhookEndpointWithSecretSchema,
} from '../webhook-endpoint.js';

const tag = 'Webhooks';
const access = 'key';

const endpointId: Parameter = {
  name: 'id',
  in: 'path',
  description: 'The id of a webhook endpoint.',
  schema: { type: 'string' },
  example: exampleEndpoint.id,
};
const deliveryId: Parameter = {
  ...endpointId,
  description: 'The id of a delivery.',
  example: exampleDelivery.id,
};

const endpoint = { name: 'WebhookEndpoint', schema: webhookEndpointSchema };
const withSecret = { name: 'WebhookEndpointWithSecret', schema: webhookEndpointWithSecretSchema };
const exampleWithSecret = { ...exampleEndpoint, secret: exampleSecret };
const delivery = { name: 'Delivery', schema: deliverySchema };
const deliveries = {
  description: 'A page.',
  name: 'DeliveryList',
  schema: deliveryListSchema,
  example: { data: [exampleDelivery], nextCursor: null },
};
const noField = {
  name: 'WebhookControl',
  schema: webhookControlSchema,
  required: false,
  examples: { 'No field': {} },
};

/** The routes of `/v1/webhook-endpoints` and `/v1/deliveries`. */
export const webhookOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/webhook-endpoints',
    id: 'createWebhookEndpoint',
    tag,
    access,
    summary: 'Make a webhook endpoint',
    description:
      'Events are sent there by POST, signed by the Standard Webhooks specification with the secret of this answer, which is not shown again. What happened before is not sent; see `redeliver`.',
    parameters: [idempotencyKey],
    body: {
      name: 'CreateWebhookEndpoint',
      schema: createWebhookEndpointSchema,
      required: true,
      examples: {
        'All events': { url: exampleEndpoint.url },
        'Results alone': { url: exampleEndpoint.url, types: exampleEndpoint.types },
      },
    },
    answers: {
      201: {
        description: 'Made, or known by its Idempotency-Key.',
        ...withSecret,
        example: exampleWithSecret,
        headers: ['Location', 'Idempotent-Replayed'],
      },
    },
    refusals: [...BODY_REFUSALS, 'idempotency_key_reused'],
  },
  {
    method: 'get',
    path: '/v1/webhook-endpoints',
    id: 'listWebhookEndpoints',
    tag,
    access,
    summary: 'List webhook endpoints',
    description: 'Newest first, without their secrets.',
    query: webhookEndpointListQuerySchema,
    answers: {
      200: {
        description: 'A page.',
        name: 'WebhookEndpointList',
        schema: webhookEndpointListSchema,
        example: { data: [exampleEndpoint], nextCursor: null },
      },
    },
    refusals: ['invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/webhook-endpoints/{id}',
    id: 'getWebhookEndpoint',
    tag,
    access,
    summary: 'Read a webhook endpoint',
    parameters: [endpointId],
    answers: { 200: { description: 'As it is now.', ...endpoint, example: exampleEndpoint } },
    refusals: ['invalid_request', 'webhook_endpoint_not_found'],
  },
  {
    method: 'patch',
    path: '/v1/webhook-endpoints/{id}',
    id: 'changeWebhookEndpoint',
    tag,
    access,
    summary: 'Change a webhook endpoint',
    description:
      'What is left out stays. Enabled again, it begins anew: what still waits for it goes now. What happened while it was disabled is sent when you ask for it with `redeliver`.',
    parameters: [endpointId],
    body: {
      name: 'ChangeWebhookEndpoint',
      schema: changeWebhookEndpointSchema,
      required: true,
      examples: { 'Enable again': { state: 'enabled' }, 'All types': { types: null } },
    },
    answers: { 200: { description: 'Changed.', ...endpoint, example: exampleEndpoint } },
    refusals: [...BODY_REFUSALS, 'webhook_endpoint_not_found'],
  },
  {
    method: 'delete',
    path: '/v1/webhook-endpoints/{id}',
    id: 'removeWebhookEndpoint',
    tag,
    access,
    summary: 'Remove a webhook endpoint',
    description: 'What waits for it is canceled.',
    parameters: [endpointId],
    answers: {
      200: {
        description: 'Removed.',
        name: 'RemovedWebhookEndpoint',
        schema: removedWebhookEndpointSchema,
        example: { id: exampleEndpoint.id, object: 'webhook_endpoint', deleted: true },
      },
    },
    refusals: ['invalid_request', 'webhook_endpoint_not_found'],
  },
  {
    method: 'post',
    path: '/v1/webhook-endpoints/{id}/rotate-secret',
    id: 'rotateWebhookSecret',
    tag,
    access,
    summary: 'Give a webhook endpoint a new secret',
    description:
      'For 24 hours what is sent bears the signatures of both, so that your receiver can take the new one when it is ready.',
    parameters: [endpointId],
    body: noField,
    answers: { 200: { description: 'Rotated.', ...withSecret, example: exampleWithSecret } },
    refusals: [...BODY_REFUSALS, 'webhook_endpoint_not_found'],
  },
  {
    method: 'post',
    path: '/v1/webhook-endpoints/{id}/test',
    id: 'testWebhookEndpoint',
    tag,
    access,
    summary: 'Send a test event',
    description:
      'An event `webhook.test` is sent once, also to a disabled endpoint. Read the delivery to see what came of it.',
    parameters: [endpointId],
    body: noField,
    answers: {
      202: { description: 'On its way.', ...delivery, example: exampleTest, headers: ['Location'] },
    },
    refusals: [...BODY_REFUSALS, 'webhook_endpoint_not_found'],
  },
  {
    method: 'get',
    path: '/v1/webhook-endpoints/{id}/deliveries',
    id: 'listEndpointDeliveries',
    tag,
    access,
    summary: 'List what was sent to a webhook endpoint',
    description: 'Newest first; of the last 30 days.',
    parameters: [endpointId],
    query: endpointDeliveriesQuerySchema,
    answers: { 200: deliveries },
    refusals: ['invalid_request', 'webhook_endpoint_not_found'],
  },
  {
    method: 'post',
    path: '/v1/webhook-endpoints/{id}/redeliver',
    id: 'redeliverSince',
    tag,
    access,
    summary: 'Send again what did not arrive since a time',
    description:
      'Also what happened while the endpoint was disabled, and what happened before it was made. Each event keeps its `webhook-id`.',
    parameters: [endpointId],
    body: {
      name: 'RedeliverSince',
      schema: redeliverSinceSchema,
      required: true,
      examples: { 'What did not arrive': { since: '2026-12-01T00:00:00Z' } },
    },
    answers: {
      200: {
        description: 'On its way.',
        name: 'Redelivery',
        schema: redeliverySchema,
        example: { object: 'redelivery', queued: 37 },
      },
    },
    refusals: [...BODY_REFUSALS, 'webhook_endpoint_not_found', 'not_redeliverable'],
  },
  {
    method: 'get',
    path: '/v1/deliveries',
    id: 'listDeliveries',
    tag,
    access,
    summary: 'List deliveries',
    description: 'Newest first; of the last 30 days: to endpoints, to the `replyUrl` of jobs, and tests.',
    query: deliveriesQuerySchema,
    answers: { 200: deliveries },
    refusals: ['invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/deliveries/{id}',
    id: 'getDelivery',
    tag,
    access,
    summary: 'Read a delivery',
    parameters: [deliveryId],
    answers: { 200: { description: 'As it is now.', ...delivery, example: exampleDelivery } },
    refusals: ['invalid_request', 'delivery_not_found'],
  },
  {
    method: 'post',
    path: '/v1/deliveries/{id}/redeliver',
    id: 'redeliver',
    tag,
    access,
    summary: 'Send a delivery again',
    description: 'Whatever became of it, with the same `webhook-id`. Its attempts are counted anew.',
    parameters: [deliveryId],
    body: noField,
    answers: { 202: { description: 'On its way.', ...delivery, example: exampleTest } },
    refusals: [...BODY_REFUSALS, 'delivery_not_found', 'not_redeliverable'],
  },
];
