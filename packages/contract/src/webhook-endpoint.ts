import { z } from 'zod';
import { EVENT_TYPES } from './event.js';
import { jsonObject } from './json-object.js';
import { pageParameters } from './parse-query.js';
import { text } from './text.js';
import { time } from './time.js';
import { webhookAddress } from './web-address.js';

const shownTime = z.iso.datetime();

/** Where you want to be told of events. New fields may be added. */
export const webhookEndpointSchema = z.object({
  id: z.string(),
  object: z.literal('webhook_endpoint'),
  livemode: z.boolean(),
  client: z.string(),
  url: z.string(),
  types: z.array(z.string()).nullable().describe('The types of events that are sent; null: all.'),
  allClients: z.boolean().describe('Of an admin’s: whether the events of all clients are sent.'),
  description: z.string().nullable(),
  state: z.enum(['enabled', 'disabled']),
  disabled: z
    .object({
      reason: z
        .enum(['gone', 'failing', 'person'])
        .describe('It answered 410; nothing has arrived for days; or you disabled it.'),
      detail: z.string(),
      since: shownTime,
    })
    .nullable(),
  failingSince: shownTime.nullable().describe('Since when nothing has arrived; null while all is well.'),
  previousSecretUntil: shownTime
    .nullable()
    .describe('Until then the secret before the last rotation signs too.'),
  createdAt: shownTime,
  updatedAt: shownTime,
});
export type WebhookEndpoint = z.output<typeof webhookEndpointSchema>;

/** With what signs; shown when it is made and when it is rotated, and never again. */
export const webhookEndpointWithSecretSchema = webhookEndpointSchema.extend({
  secret: z.string().describe('`whsec_…`; keep it where your receiver reads it.'),
});
export type WebhookEndpointWithSecret = z.output<typeof webhookEndpointWithSecretSchema>;

export const webhookEndpointListSchema = z.object({
  data: z.array(webhookEndpointSchema),
  nextCursor: z.string().nullable(),
});
export type WebhookEndpointList = z.output<typeof webhookEndpointListSchema>;

/** The query of `GET /v1/webhook-endpoints`. */
export const webhookEndpointListQuerySchema = z.strictObject(pageParameters);

export const removedWebhookEndpointSchema = z.object({
  id: z.string(),
  object: z.literal('webhook_endpoint'),
  deleted: z.literal(true),
});
export type RemovedWebhookEndpoint = z.output<typeof removedWebhookEndpointSchema>;

const types = z
  .array(z.enum(EVENT_TYPES, `must be one of ${EVENT_TYPES.join(', ')}`), 'must be a list of types of events')
  .min(1, 'must not be empty: null stands for all')
  .max(100, 'must have at most 100 entries')
  .transform((list) => [...new Set(list)]);
const description = text({ most: 500 });
const allClients = z.boolean('must be true or false');

/** The body of `POST /v1/webhook-endpoints`. */
export const createWebhookEndpointSchema = jsonObject({
  url: webhookAddress().describe('Where events are sent by POST; redirects are not followed.'),
  types: types
    .nullish()
    .transform((value) => value ?? null)
    .describe('Only these types; all if absent.'),
  description: description.nullish().transform((value) => value ?? null),
  allClients: allClients
    .nullish()
    .transform((value) => value ?? false)
    .describe('For admin keys: the events of all clients, and not only those that no client has.'),
});
export type CreateWebhookEndpoint = z.output<typeof createWebhookEndpointSchema>;

/** The body of `PATCH /v1/webhook-endpoints/{id}`: what is left out stays. */
export const changeWebhookEndpointSchema = jsonObject({
  url: webhookAddress().optional(),
  types: types.nullable().optional(),
  description: description.nullable().optional(),
  allClients: allClients.optional(),
  state: z
    .enum(['enabled', 'disabled'], 'must be enabled or disabled')
    .optional()
    .describe('Enabled again, it begins anew: what still waits for it goes now.'),
});
export type ChangeWebhookEndpoint = z.output<typeof changeWebhookEndpointSchema>;

/** The body of everything here that takes no field. */
export const webhookControlSchema = jsonObject({});

/** The body of `POST /v1/webhook-endpoints/{id}/redeliver`. */
export const redeliverSinceSchema = jsonObject({
  since: time.describe('Inclusive: what happened from then on and has not arrived.'),
  delivered: z
    .boolean('must be true or false')
    .nullish()
    .transform((value) => value ?? false)
    .describe('What has arrived too.'),
});

export const redeliverySchema = z.object({
  object: z.literal('redelivery'),
  queued: z.number().int().describe('Deliveries that are sent again, or for the first time.'),
});
export type Redelivery = z.output<typeof redeliverySchema>;
