import { z } from 'zod';
import { createTryOnFields, PRIORITIES } from './create-try-on.js';
import { jsonObject } from './json-object.js';
import { moneySchema } from './money.js';
import { digits, pageParameters } from './parse-query.js';
import { text } from './text.js';
import { time as timeField } from './time.js';
import { TRY_ON_STATUSES } from './try-on.js';

/** What a batch's input may be. */
export const BATCH_FORMATS = ['ndjson', 'csv', 'json'] as const;
export type BatchFormat = (typeof BATCH_FORMATS)[number];

/** The media type of each. */
export const BATCH_MEDIA_TYPES: Readonly<Record<BatchFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  json: 'application/json',
};

export const BATCH_STATES = ['receiving', 'running', 'paused', 'canceling', 'canceled', 'finished'] as const;
export type BatchState = (typeof BATCH_STATES)[number];

export const BATCH_PAUSE_REASONS = ['person', 'pilot_review', 'failures'] as const;
export type BatchPauseReason = (typeof BATCH_PAUSE_REASONS)[number];

/** How a finished batch went. */
export const BATCH_OUTCOMES = ['all_succeeded', 'some_failed', 'none_succeeded'] as const;
export type BatchOutcome = (typeof BATCH_OUTCOMES)[number];

/** Lines of one input, bytes of one line, and how many of what is wrong is shown and kept. */
export const BATCH_LINES_MAX = 1_000_000;
export const BATCH_LINE_BYTES_MAX = 1_048_576;
export const INVALID_LINES_SHOWN = 100;
export const INVALID_LINES_KEPT = 10_000;
export const PILOT_MAX = 1_000;
/** Entries of `people` and of `garments`. */
export const PRODUCT_SIDE_MAX = 10_000;

/** Pauses a batch when so large a part of at least `after` ended try-ons failed. */
export interface PauseOnFailures {
  readonly ratio: number;
  readonly after: number;
}
export const PAUSE_ON_FAILURES_DEFAULT: PauseOnFailures = { ratio: 0.3, after: 30 };

/** What holds for a batch as a whole. */
export interface BatchOptions {
  /** Lines that are submitted first; the rest waits until somebody has looked at them. */
  readonly pilot: number | null;
  readonly pauseOnFailures: PauseOnFailures | null;
  readonly maxImages: number | null;
  readonly expiresAt: Date | null;
  /** Of lines that have none of their own. */
  readonly priority: (typeof PRIORITIES)[number];
  /** Of lines that do not say. */
  readonly copyInputs: boolean;
}

const absent = <T>(value: T | null | undefined): T | null => value ?? null;

function wholeNumber(least: number, most: number) {
  const rule = `must be a whole number from ${least} to ${most}`;
  return z.number(rule).int(rule).min(least, rule).max(most, rule);
}

const RATIO = 'must be a number above 0 and at most 1';
const pauseOnFailures = z.union(
  [
    z.literal(false),
    jsonObject({
      ratio: z.number(RATIO).gt(0, RATIO).max(1, RATIO),
      after: wholeNumber(1, BATCH_LINES_MAX),
    }),
  ],
  { error: 'must be {"ratio": 0.3, "after": 30} or false' },
);

const IMAGES_MAX = 10_000_000;

/** The options as fields of a JSON body; an absent one is `undefined`, so that the query can say it instead. */
export const batchOptionFields = {
  pilot: wholeNumber(1, PILOT_MAX)
    .nullish()
    .describe('So many lines, spread over the input, are submitted first; the rest waits for `resume`.'),
  pauseOnFailures: pauseOnFailures
    .nullish()
    .describe('Pauses when so large a part of at least `after` ended try-ons failed; 0.3 of 30 if absent.'),
  maxImages: wholeNumber(1, IMAGES_MAX)
    .nullish()
    .describe('Images that may be submitted in all; what is over waits.'),
  expiresAt: timeField.nullish().describe('For every line: not submitted by then, it fails as `expired`.'),
  priority: z
    .enum(PRIORITIES, 'must be high, normal or low')
    .nullish()
    .describe('Of lines that have none of their own; `normal` if absent.'),
  copyInputs: z
    .boolean('must be true or false')
    .nullish()
    .describe('Copies the inputs of all lines that do not say otherwise.'),
};

const pauseOnFailuresText = z
  .string()
  .regex(
    /^(?:off|(?:0?\.\d{1,6}|1(?:\.0{1,6})?),\d{1,7})$/,
    'must be off, or a ratio and a number such as 0.3,30',
  )
  .transform((value) => {
    if (value === 'off') return false as const;
    const [ratio = 0, after = 0] = value.split(',').map(Number);
    return { ratio, after };
  })
  .refine((value) => value === false || (value.ratio > 0 && value.after > 0), {
    message: 'must be off, or a ratio and a number such as 0.3,30',
  });

/** The query of `POST /v1/batches`: the options, for inputs that have no place for them. */
export const createBatchQuerySchema = z.strictObject({
  dryRun: z
    .enum(['true', 'false'], 'must be true or false')
    .optional()
    .describe('`true`: everything is checked and counted, nothing is stored.'),
  pilot: digits(1, PILOT_MAX).optional().describe('As in a JSON body.'),
  pauseOnFailures: pauseOnFailuresText
    .optional()
    .meta({ type: 'string', description: 'A ratio and a number, or `off`.', example: '0.3,30' }),
  maxImages: digits(1, IMAGES_MAX).optional().describe('As in a JSON body.'),
  expiresAt: timeField.optional().describe('As in a JSON body.'),
  priority: z.enum(PRIORITIES, 'must be high, normal or low').optional().describe('As in a JSON body.'),
  copyInputs: z
    .enum(['true', 'false'], 'must be true or false')
    .transform((value) => value === 'true')
    .optional()
    .meta({ type: 'boolean', description: 'As in a JSON body.' }),
});
export type CreateBatchQuery = z.output<typeof createBatchQuerySchema>;

/** The options of a body, else of the query, else their defaults. */
export function batchOptionsOf(
  query: CreateBatchQuery,
  body: {
    readonly [name in keyof typeof batchOptionFields]?: z.output<(typeof batchOptionFields)[name]>;
  } = {},
): BatchOptions {
  const pause = body.pauseOnFailures ?? query.pauseOnFailures ?? PAUSE_ON_FAILURES_DEFAULT;
  return {
    pilot: absent(body.pilot ?? query.pilot),
    pauseOnFailures: pause === false ? null : pause,
    maxImages: absent(body.maxImages ?? query.maxImages),
    expiresAt: absent(body.expiresAt ?? query.expiresAt),
    priority: body.priority ?? query.priority ?? 'normal',
    copyInputs: body.copyInputs ?? query.copyInputs ?? false,
  };
}

const { humanImage, dressInput, upperInput, lowerInput, ...others } = createTryOnFields.shape;

/** Fields that lines may take from `defaults`: all but the pictures and the line's own id. */
const { customId: _, ...defaultable } = others;
export const batchDefaultsSchema = jsonObject(defaultable).partial();

/** A person of `people`: an address, or one with a part of the `customId`. */
export const personSchema = z.union([
  humanImage,
  jsonObject({ image: humanImage, customId: text({ least: 1, most: 90 }).nullish().transform(absent) }),
]);

/** A garment of `garments`: a dress, an upper or a lower, or an outfit of an upper and a lower. */
export const garmentSchema = jsonObject({
  dress: dressInput,
  upper: upperInput,
  lower: lowerInput,
  customId: text({ least: 1, most: 90 }).nullish().transform(absent),
})
  .refine((garment) => garment.dress !== null || garment.upper !== null || garment.lower !== null, {
    message: 'must have dress, upper or lower',
  })
  .refine((garment) => garment.dress === null || (garment.upper === null && garment.lower === null), {
    message: 'must not have dress together with upper or lower',
  });

const count = z.number().int();
const time = z.iso.datetime();

/** A line that could not be made a try-on: its number from 1, and all that is wrong with it. */
export const invalidLineSchema = z.object({
  line: count,
  errors: z.array(z.object({ path: z.string(), message: z.string() })),
});
export type InvalidLine = z.output<typeof invalidLineSchema>;

const pauseOnFailuresShown = z.object({ ratio: z.number(), after: count }).nullable();

/** The batch resource. New fields may be added. */
export const batchSchema = z.object({
  id: z.string().describe('`bat_` and 32 hexadecimal digits.'),
  object: z.literal('batch'),
  livemode: z.boolean(),
  client: z.string(),
  state: z.enum(BATCH_STATES),
  stateSince: time,
  paused: z
    .object({ reason: z.enum(BATCH_PAUSE_REASONS), detail: z.string(), actor: z.string(), since: time })
    .nullable()
    .describe('Why it is paused; only while it is.'),
  outcome: z.enum(BATCH_OUTCOMES).nullable().describe('How it went; only when it is finished.'),
  format: z.enum(BATCH_FORMATS),
  total: count.describe('Its try-ons; the counts add up to it.'),
  counts: z.object(
    Object.fromEntries(TRY_ON_STATUSES.map((status) => [status, count])) as Record<
      (typeof TRY_ON_STATUSES)[number],
      typeof count
    >,
  ),
  failures: z.record(z.string(), count).describe('The failed ones by their error code.'),
  waiting: z.record(z.string(), count).describe('The open ones by what they wait for.'),
  invalidLines: z.object({ count, first: z.array(invalidLineSchema) }),
  images: count.describe('Images that all of it asks for.'),
  imagesBilled: count,
  estimatedCost: moneySchema.nullable().describe('Of `images`; null without IMAGE_PRICE.'),
  pilot: count.nullable(),
  pauseOnFailures: pauseOnFailuresShown,
  maxImages: count.nullable(),
  priority: z.enum(PRIORITIES),
  expiresAt: time.nullable(),
  createdAt: time,
  startedAt: time.nullable().describe('When the first of it was submitted.'),
  estimatedEndAt: time.nullable().describe('By the pace of the last minutes; null while that is not known.'),
  finishedAt: time.nullable(),
  updatedAt: time,
});
export type Batch = z.output<typeof batchSchema>;

/** A page of batches. */
export const batchListSchema = z.object({ data: z.array(batchSchema), nextCursor: z.string().nullable() });
export type BatchList = z.output<typeof batchListSchema>;

/** A page of lines that could not be made try-ons. */
export const invalidLineListSchema = z.object({
  data: z.array(invalidLineSchema),
  nextCursor: z.string().nullable(),
});
export type InvalidLineList = z.output<typeof invalidLineListSchema>;

/** `POST /v1/batches?dryRun=true`: what it would come to. */
export const batchDryRunSchema = z.object({
  object: z.literal('batch_dry_run'),
  livemode: z.boolean(),
  format: z.enum(BATCH_FORMATS),
  lines: count,
  valid: count,
  invalidLines: z.object({ count, first: z.array(invalidLineSchema) }),
  duplicates: z.object({
    customIds: count.describe('Lines whose customId stands on a line before.'),
    requests: count.describe('Lines that ask for the same pictures as a line before.'),
    first: z.array(z.object({ line: count, sameAs: count, of: z.enum(['customId', 'request']) })),
  }),
  images: count.describe('Images it would bill.'),
  estimatedCost: moneySchema.nullable(),
  credits: z.array(z.object({ account: z.string(), credits: z.number().nullable() })),
  slots: count,
  estimatedSeconds: z.number().nullable().describe('From the slots and how long tasks took lately.'),
});
export type BatchDryRun = z.output<typeof batchDryRunSchema>;

/** One result, a line of `GET /v1/batches/{id}/results`. */
export const batchResultSchema = z.object({
  position: z.string().describe('Go on behind it with `?after=`.'),
  line: count,
  id: z.string(),
  customId: z.string().nullable(),
  status: z.enum(['succeeded', 'failed', 'canceled']),
  images: z.array(z.object({ index: count, url: z.string() })),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      providerMessage: z.string().nullable(),
    })
    .nullable(),
  metadata: z.record(z.string(), z.string()),
  finishedAt: time,
  deletedAt: time.nullable(),
});
export type BatchResult = z.output<typeof batchResultSchema>;

export const RESULT_FORMATS = ['ndjson', 'csv'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];
export const RESULT_STATUSES = ['succeeded', 'failed', 'canceled'] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

const resultStatuses = z
  .string()
  .transform((list) => list.split(','))
  .refine(
    (list) => list.every((status) => (RESULT_STATUSES as readonly string[]).includes(status)),
    `must be a comma-separated list of ${RESULT_STATUSES.join(', ')}`,
  )
  .transform((list) => [...new Set(list)].sort() as ResultStatus[])
  .optional()
  .meta({ description: `Comma-separated: ${RESULT_STATUSES.join(', ')}.`, example: 'failed' });

/** The query of `GET /v1/batches/{id}/results`. */
export const resultsQuerySchema = z.strictObject({
  format: z.enum(RESULT_FORMATS, 'must be ndjson or csv').default('ndjson').describe('`ndjson` if absent.'),
  status: resultStatuses,
  after: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a position of a result')
    .optional()
    .describe('Only what ended behind this position.'),
});
export type ResultsQuery = z.output<typeof resultsQuerySchema>;

/** The query of `GET /v1/batches`. */
export const batchListQuerySchema = z.strictObject({
  state: z.enum(BATCH_STATES, `must be one of ${BATCH_STATES.join(', ')}`).optional(),
  ...pageParameters,
});

/** The query of `GET /v1/batches/{id}/invalid-lines`. */
export const invalidLinesQuerySchema = z.strictObject(pageParameters);

/** The body of `POST /v1/batches/{id}/priority`. */
export const batchPrioritySchema = jsonObject({
  priority: z.enum(PRIORITIES, 'must be high, normal or low').describe('Of all that is not yet submitted.'),
});

/** The body of the other things that can be done to a batch: it takes no field. */
export const batchControlSchema = jsonObject({});

/** The answer to `POST /v1/batches/{id}/retry-failed`. */
export const retryFailedSchema = z.object({
  object: z.literal('batch_retry'),
  retried: count,
  leftOut: z
    .record(z.string(), count)
    .describe('`unproven`: an earlier submit may still be billed; retry these one by one, by name.'),
});
export type RetryFailed = z.output<typeof retryFailedSchema>;
