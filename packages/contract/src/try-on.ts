import { z } from 'zod';
import { PRIORITIES } from './create-try-on.js';

/** The words of the contract; `packages/core` decides by the same ones, and a test keeps them equal. */
export const TRY_ON_STATUSES = [
  'queued',
  'submitting',
  'unconfirmed',
  'processing',
  'succeeded',
  'failed',
  'canceled',
] as const;
export type TryOnStatus = (typeof TRY_ON_STATUSES)[number];

const time = z.iso.datetime();

/** One result picture; `url` is the one to use. */
export const imageSchema = z.object({
  index: z.number(),
  url: z
    .string()
    .describe(
      'The one to use: the provider’s until archived, then Catwalk’s own, signed for at least 7 days.',
    ),
  providerUrl: z.string(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  contentType: z.string().nullable(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  archivedAt: time.nullable(),
  archiveError: z
    .object({ code: z.string(), message: z.string(), lost: z.boolean() })
    .nullable()
    .describe('Why it is not kept yet, or with `lost` that it never will be.'),
});

/** The try-on resource. New fields may be added. */
export const tryOnSchema = z.object({
  id: z.string().describe('`try_` and 32 hexadecimal digits.'),
  object: z.literal('try_on'),
  livemode: z.boolean().describe('False: the provider was a simulator and nothing was billed.'),
  client: z.string().describe('The name of the key that made it.'),
  customId: z.string().nullable(),
  status: z.enum(TRY_ON_STATUSES),
  waitingFor: z
    .object({ code: z.string(), since: time, until: time.nullable(), detail: z.string() })
    .nullable()
    .describe('Why it is not final yet; null on `succeeded`, `failed` and `canceled` only.'),
  humanImage: z.string().nullable().describe('Null once deleted only.'),
  dressInput: z.string().nullable(),
  upperInput: z.string().nullable(),
  lowerInput: z.string().nullable(),
  imageCount: z.number(),
  email: z.string().nullable(),
  maxJobs: z.number().nullable(),
  copyInputs: z.boolean(),
  replyUrl: z.string().nullable(),
  replyRef: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  priority: z.enum(PRIORITIES),
  batchId: z.string().nullable(),
  expiresAt: time.nullable(),
  provider: z.literal('useapi-kling'),
  account: z.string().nullable().describe('The account of its newest attempt.'),
  providerTaskId: z.string().nullable(),
  attempts: z.number().int().describe('Submits that may have reached the provider.'),
  images: z.array(imageSchema).describe('`url` is the address to use.'),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      providerStatus: z.number().nullable(),
      providerMessage: z.string().nullable(),
    })
    .nullable()
    .describe('Why it failed; the codes are explained at /docs/errors.'),
  createdAt: time,
  submittedAt: time.nullable(),
  finishedAt: time.nullable(),
  updatedAt: time,
  deletedAt: time
    .nullable()
    .describe('Since when only the bill is kept: inputs, labels, pictures and details are gone.'),
});

export type TryOn = z.output<typeof tryOnSchema>;

/** A page of try-ons. */
export const tryOnListSchema = z.object({ data: z.array(tryOnSchema), nextCursor: z.string().nullable() });
export type TryOnList = z.output<typeof tryOnListSchema>;

/** One thing that happened to a try-on. */
export const timelineEntrySchema = z.object({
  at: time,
  kind: z.string(),
  actor: z.string(),
  attempt: z.number().nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type TimelineEntry = z.output<typeof timelineEntrySchema>;

/** A page of a try-on's timeline. */
export const timelineSchema = z.object({
  data: z.array(timelineEntrySchema),
  nextCursor: z.string().nullable(),
});
export type Timeline = z.output<typeof timelineSchema>;
