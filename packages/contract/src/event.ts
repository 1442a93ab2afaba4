import { z } from 'zod';
import { batchSchema } from './batch.js';
import { tryOnSchema } from './try-on.js';

/** The words of the contract; `packages/core` writes events by the same ones, and a test keeps them equal. */
export const EVENT_TYPES = [
  'try_on.queued',
  'try_on.submitted',
  'try_on.unconfirmed',
  'try_on.processing',
  'try_on.succeeded',
  'try_on.failed',
  'try_on.canceled',
  'try_on.archived',
  'batch.paused',
  'batch.finished',
  'batch.canceled',
  'account.paused',
  'account.resumed',
  'callbacks.silent',
  'budget.reached',
  'pictures.at_risk',
  'webhook_endpoint.disabled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Something that happened. New types and fields may be added: pass over what you do not know. */
export const eventSchema = z.object({
  id: z.string().describe('`evt_` and 32 hexadecimal digits; the same whenever and wherever it is told.'),
  object: z.literal('event'),
  type: z.string().describe(`One of ${EVENT_TYPES.join(', ')}; more may be added.`),
  position: z
    .number()
    .describe('Its place in the log. Who has read up to a position has missed nothing before it.'),
  livemode: z.boolean(),
  client: z
    .string()
    .nullable()
    .describe('Whose it is; null for what concerns the operator, which only admins see.'),
  actor: z.string().describe('Who caused it: the name of a key, `provider` or `worker`.'),
  createdAt: z.iso.datetime(),
  tryOnId: z.string().nullable(),
  batchId: z.string().nullable(),
  account: z.string().nullable(),
  details: z
    .record(z.string(), z.unknown())
    .describe(
      'What the type alone does not say, such as `revived` of a failed job that succeeded, or a `reason`.',
    ),
  data: z
    .union([tryOnSchema, batchSchema.omit({ waiting: true })])
    .nullable()
    .describe(
      'The try-on or the batch as it was when the event was handed out, which may be later than the event: to apply a late or repeated event never takes you back. Null for events of neither, and where it is gone.',
    ),
});
export type Event = z.output<typeof eventSchema>;

/** A page of events. */
export const eventListSchema = z.object({
  data: z.array(eventSchema),
  nextAfter: z
    .number()
    .describe('Go on with `after` at this position. It also moves where the filter let nothing pass.'),
  hasMore: z.boolean().describe('Whether more was there already.'),
});
export type EventList = z.output<typeof eventListSchema>;

/** Why a stream of events ended: its last words, as an event of the name `STREAM_END` without an id. */
export const STREAM_END = 'stream.ended';
export const streamEndSchema = z.object({
  reason: z
    .string()
    .describe(
      '`too_slow`: nothing was taken for half a minute. `stopping`: this process ends. `unavailable`: the database cannot be read.',
    ),
  detail: z.string(),
});
export type StreamEnd = z.output<typeof streamEndSchema>;
