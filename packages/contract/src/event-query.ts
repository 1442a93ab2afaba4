import { z } from 'zod';
import { EVENT_TYPES, type EventType } from './event.js';
import type { Parsed } from './issues.js';
import { digits, PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from './parse-query.js';
import { text } from './text.js';

/** Where to begin: behind a position, or behind all that has happened until now. */
export const LATEST = 'latest';

const POSITION_RULE = `must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;

const position = z
  .string()
  .refine(isPosition, POSITION_RULE)
  .transform(Number)
  .meta({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const after = z
  .string()
  .refine((value) => value === LATEST || isPosition(value), `${POSITION_RULE}, or ${LATEST}`)
  .transform((value) => (value === LATEST ? LATEST : Number(value)))
  .optional();

const types = z
  .string()
  .transform((list, context) => {
    const wanted = [...new Set(list.split(','))];
    const unknown = wanted.filter((one) => !isEventType(one));
    if (unknown.length > 0)
      context.addIssue({
        code: 'custom',
        message: `has no type ${unknown.map((one) => JSON.stringify(one)).join(', ')}: there are ${EVENT_TYPES.join(', ')}`,
      });
    return wanted as EventType[];
  })
  .optional()
  .meta({
    description: `Only these, comma-separated: ${EVENT_TYPES.join(', ')}.`,
    example: 'try_on.succeeded,try_on.failed',
  });

const filter = {
  types,
  batchId: text({ least: 1, most: 100 }).optional().describe('Only of this batch and its try-ons.'),
  tryOnId: text({ least: 1, most: 100 }).optional().describe('Only of this try-on.'),
};

/** The query of `GET /v1/events`. */
export const eventListQuerySchema = z.strictObject({
  after: after.describe(
    `The position behind which to begin, 0 if absent: from the first event on. \`${LATEST}\` begins behind the newest.`,
  ),
  ...filter,
  limit: digits(1, PAGE_LIMIT_MAX)
    .default(PAGE_LIMIT_DEFAULT)
    .describe(`How many to show, ${PAGE_LIMIT_DEFAULT} if absent.`),
});

/** The query of `GET /v1/events/stream`. */
export const eventStreamQuerySchema = z.strictObject({
  after: after.describe(
    `The position behind which to begin; \`${LATEST}\` if absent: with what happens from now on. \`Last-Event-ID\` goes before it.`,
  ),
  ...filter,
});
export type EventStreamQuery = z.output<typeof eventStreamQuerySchema>;

/** Parses the header `Last-Event-ID`, which is a position. */
export function parseLastEventId(header: string): Parsed<number> {
  const parsed = position.safeParse(header);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, issues: [{ path: 'Last-Event-ID', message: POSITION_RULE }] };
}

function isPosition(value: string): boolean {
  return /^\d{1,16}$/.test(value) && Number.isSafeInteger(Number(value));
}

function isEventType(value: string): boolean {
  return (EVENT_TYPES as readonly string[]).includes(value);
}
