import { z } from 'zod';
import type { Parsed } from './issues.js';
import { moneySchema } from './money.js';
import { parseQuery } from './parse-query.js';
import { isTime, TIME_RULE } from './time.js';

/** What usage can be grouped by. */
export const USAGE_GROUPS = ['day', 'account', 'client', 'batch'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

export const USAGE_DAYS_MAX = 366;
export const USAGE_ROWS_MAX = 10_000;
const USAGE_DAYS_DEFAULT = 30;
const DAY_MS = 86_400_000;

const time = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2030-01-31 or a time such as 2030-01-31T12:00:00Z',
  })
  .transform((text) => new Date(text))
  .refine(isTime, TIME_RULE)
  .optional();

const groups = z
  .string()
  .transform((list) => list.split(','))
  .refine((list) => list.every(isGroup), `must be a comma-separated list of ${USAGE_GROUPS.join(', ')}`)
  .transform((list) => USAGE_GROUPS.filter((group) => list.includes(group)))
  .default([]);

/** The query of `GET /v1/usage`. */
export const usageQuerySchema = z.strictObject({
  from: time.describe(`Inclusive; ${USAGE_DAYS_DEFAULT} days before \`to\` if absent.`),
  to: time.describe('Exclusive; the end of this UTC day if absent.'),
  by: groups.meta({ description: `Comma-separated: ${USAGE_GROUPS.join(', ')}.`, example: 'day,client' }),
});

export interface UsageQuery {
  /** Inclusive. */
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  readonly by: readonly UsageGroup[];
}

/** Parses the query of `GET /v1/usage`. Without `to` it ends with this UTC day, without `from` it has 30 days. */
export function parseUsageQuery(search: string, now: Date): Parsed<UsageQuery> {
  const parsed = parseQuery(usageQuerySchema, search);
  if (!parsed.ok) return parsed;
  const { by } = parsed.value;
  const to = parsed.value.to ?? new Date((Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS);
  const from = parsed.value.from ?? new Date(to.getTime() - USAGE_DAYS_DEFAULT * DAY_MS);
  const rangeMs = to.getTime() - from.getTime();
  const message =
    rangeMs <= 0
      ? 'must be before to'
      : rangeMs > USAGE_DAYS_MAX * DAY_MS
        ? `must be at most ${USAGE_DAYS_MAX} days before to`
        : null;
  return message === null
    ? { ok: true, value: { from, to, by } }
    : { ok: false, issues: [{ path: 'from', message }] };
}

function isGroup(value: string): boolean {
  return (USAGE_GROUPS as readonly string[]).includes(value);
}

const count = z.number().int();

const countsSchema = z.object({
  /** Of submits that were sent or may have been, as the ceilings count them. */
  imagesSubmitted: count,
  /** Of submits that the provider is known to have taken. */
  imagesBilled: count,
  /** Jobs with a submit that may have reached the provider; each once, however often it was submitted. */
  jobsSubmitted: count,
  /** Of these, as they stand now. */
  jobsSucceeded: count,
  jobsFailed: count,
  /** Of the images billed; null without `IMAGE_PRICE`. */
  estimatedCost: moneySchema.nullable(),
});
export type UsageCounts = z.output<typeof countsSchema>;

/** `GET /v1/usage` */
export const usageSchema = z.object({
  object: z.literal('usage'),
  livemode: z.boolean(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  by: z.array(z.enum(USAGE_GROUPS)),
  /** In the order of the groups; what is not grouped by is null, and so is the batch of a single job. */
  data: z.array(
    countsSchema.extend({
      day: z.iso.date().nullable(),
      account: z.string().nullable(),
      client: z.string().nullable(),
      batchId: z.string().nullable(),
    }),
  ),
  total: countsSchema,
});
export type Usage = z.output<typeof usageSchema>;
