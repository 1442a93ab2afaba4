import { z } from 'zod';
import { pageParameters } from './parse-query.js';
import { text } from './text.js';

/** `packages/core` writes deliveries by the same words, and a test keeps them equal. */
export const DELIVERY_KINDS = ['endpoint', 'reply', 'alert', 'test'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];
export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'canceled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

const time = z.iso.datetime();

/** One event on its way to one address, and how that went. New fields may be added. */
export const deliverySchema = z.object({
  id: z.string(),
  object: z.literal('delivery'),
  livemode: z.boolean(),
  kind: z
    .enum(DELIVERY_KINDS)
    .describe('To a webhook endpoint, to the `replyUrl` of a job, to `ALERT_URL`, or a test of an endpoint.'),
  state: z.enum(DELIVERY_STATES),
  client: z.string().nullable(),
  endpointId: z.string().nullable(),
  tryOnId: z.string().nullable(),
  eventId: z.string().describe('The `webhook-id` it is sent with, the same every time.'),
  eventType: z.string(),
  attempts: z.number().int(),
  nextAttemptAt: time.nullable().describe('While it is pending.'),
  lastAttemptAt: time.nullable(),
  lastStatus: z.number().int().nullable().describe('Null: nothing was answered.'),
  lastError: z.string().nullable(),
  lastResponse: z.string().nullable().describe('The first 2 KB of the answer’s body.'),
  deliveredAt: time.nullable(),
  createdAt: time,
});
export type Delivery = z.output<typeof deliverySchema>;

export const deliveryListSchema = z.object({
  data: z.array(deliverySchema),
  nextCursor: z.string().nullable(),
});
export type DeliveryList = z.output<typeof deliveryListSchema>;

const states = z
  .string()
  .transform((list) => list.split(','))
  .refine((list) => list.every(isState), `must be a comma-separated list of ${DELIVERY_STATES.join(', ')}`)
  .transform((list) => [...new Set(list)].sort() as DeliveryState[])
  .optional()
  .meta({ description: `Comma-separated: ${DELIVERY_STATES.join(', ')}.`, example: 'failed,pending' });

function isState(value: string): boolean {
  return (DELIVERY_STATES as readonly string[]).includes(value);
}

const filters = {
  state: states,
  eventType: text({ least: 1, most: 100 }).optional(),
  tryOnId: text({ least: 1, most: 100 }).optional(),
  ...pageParameters,
};

/** The query of `GET /v1/webhook-endpoints/{id}/deliveries`. */
export const endpointDeliveriesQuerySchema = z.strictObject(filters);

/** The query of `GET /v1/deliveries`. */
export const deliveriesQuerySchema = z.strictObject({
  ...filters,
  endpointId: text({ least: 1, most: 100 }).optional(),
  kind: z.enum(DELIVERY_KINDS, `must be one of ${DELIVERY_KINDS.join(', ')}`).optional(),
});
export type DeliveriesQuery = z.output<typeof deliveriesQuerySchema>;
