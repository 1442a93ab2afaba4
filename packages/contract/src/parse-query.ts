import { z } from 'zod';
import { type Issue, type Parsed, parseWith } from './issues.js';
import { isStorable, text, UNSTORABLE_RULE } from './text.js';
import { time } from './time.js';
import { TRY_ON_STATUSES, type TryOnStatus } from './try-on.js';

export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 200;
export const WAIT_SECONDS_MAX = 60;

const limit = digits(1, PAGE_LIMIT_MAX)
  .default(PAGE_LIMIT_DEFAULT)
  .describe(`How many to show, ${PAGE_LIMIT_DEFAULT} if absent.`);
const cursor = text({ least: 1, most: 1_000 }).optional().describe('`nextCursor` of the page before.');
/** What every listing takes. */
export const pageParameters = { limit, cursor };

const statuses = z
  .string()
  .transform((list) => list.split(','))
  .refine((list) => list.every(isStatus), `must be a comma-separated list of ${TRY_ON_STATUSES.join(', ')}`)
  .transform((list) => [...new Set(list)].sort() as TryOnStatus[])
  .optional()
  .meta({ description: `Comma-separated: ${TRY_ON_STATUSES.join(', ')}.`, example: 'queued,processing' });

/** The query of `GET /v1/try-ons`, without `metadata[key]`, which has no fixed name. */
export const listQuerySchema = z.strictObject({
  status: statuses,
  batchId: text({ least: 1, most: 100 }).optional(),
  customId: text({ least: 1, most: 200 }).optional(),
  replyRef: text({ most: 1_024 }).optional(),
  createdAfter: time.optional().describe('Inclusive.'),
  createdBefore: time.optional().describe('Exclusive.'),
  order: z.enum(['asc', 'desc'], 'must be asc or desc').default('desc'),
  ...pageParameters,
});

export type ListQuery = z.output<typeof listQuerySchema> & { readonly metadata: Record<string, string> };

const METADATA_KEY = /^metadata\[([\s\S]*)\]$/;

/** Parses the query of `GET /v1/try-ons`. Unknown and repeated parameters are refused by name. */
export function parseListQuery(search: string): Parsed<ListQuery> {
  const metadata: Record<string, string> = Object.create(null);
  const raw = readParameters(search, (name, value) => {
    const key = METADATA_KEY.exec(name)?.[1];
    if (key === undefined) return 'unknown';
    if (!isStorable(key) || !isStorable(value)) return 'unstorable';
    if (Object.hasOwn(metadata, key)) return 'repeated';
    metadata[key] = value;
    return 'taken';
  });
  const parsed = parseWith(listQuerySchema, raw.values);
  const issues = [...raw.issues, ...(parsed.ok ? [] : parsed.issues)];
  if (issues.length > 0 || !parsed.ok) return { ok: false, issues };
  return { ok: true, value: { ...parsed.value, metadata } };
}

/** The query of `GET /v1/try-ons/{id}`. */
export const getQuerySchema = z.strictObject({
  wait: digits(1, WAIT_SECONDS_MAX).optional().describe('Seconds to wait for the final state.'),
});
/** The query of `GET /v1/try-ons/{id}/timeline`. */
export const timelineQuerySchema = z.strictObject(pageParameters);
/** The query of `GET /v1/try-ons/{id}/images/{n}`. */
export const imageQuerySchema = z.strictObject({
  width: digits(16, 2_048)
    .optional()
    .describe('So many pixels wide, as WebP. A picture that is no wider comes as it is.'),
  expires: text({ least: 1, most: 20 }).optional().describe('Of a signed address: until when it holds.'),
  signature: text({ least: 1, most: 100 }).optional().describe('Of a signed address.'),
});
/** The query of everything that takes none. */
export const noQuerySchema = z.strictObject({});

/** Parses a query whose parameters all have fixed names. */
export function parseQuery<T>(schema: z.ZodType<T>, search: string): Parsed<T> {
  const raw = readParameters(search, () => 'unknown');
  const parsed = parseWith(schema, raw.values);
  const issues = [...raw.issues, ...(parsed.ok ? [] : parsed.issues)];
  return parsed.ok && issues.length === 0 ? parsed : { ok: false, issues };
}

/** What became of a parameter without a fixed name. */
type Special = 'unknown' | 'taken' | 'repeated' | 'unstorable';

function readParameters(
  search: string,
  special: (name: string, value: string) => Special,
): { values: Record<string, string>; issues: Issue[] } {
  // No prototype, so that a parameter named __proto__ is one like any other.
  const values: Record<string, string> = Object.create(null);
  const issues: Issue[] = [];
  for (const { name, value, isWellEncoded } of parametersOf(search)) {
    const refuse = (message: string) => issues.push({ path: name, message });
    const verdict = isWellEncoded && name.includes('[') ? special(name, value) : 'unknown';
    if (verdict === 'taken') continue;
    if (!isWellEncoded) refuse('must be well encoded');
    else if (verdict === 'unstorable') refuse(UNSTORABLE_RULE);
    else if (verdict === 'repeated' || Object.hasOwn(values, name)) refuse('must not stand twice');
    else values[name] = value;
  }
  return { values: { ...values }, issues };
}

/** URLSearchParams never fails: it makes other text of what cannot be decoded, and nobody would hear of it. */
function parametersOf(search: string) {
  return search.split('&').flatMap((part) => {
    // The leading mark keeps a question mark of the part's own.
    const [[name, value] = []] = new URLSearchParams(`&${part}`);
    if (name === undefined || value === undefined) return [];
    return [{ name, value, isWellEncoded: isDecodable(part) }];
  });
}

function isDecodable(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

function isStatus(value: string): boolean {
  return (TRY_ON_STATUSES as readonly string[]).includes(value);
}

/** A whole number as a parameter carries it. */
export function digits(least: number, most: number) {
  const rule = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text), { message: rule, abort: true })
    .transform(Number)
    .refine((value) => value >= least && value <= most, rule)
    .meta({ type: 'integer', minimum: least, maximum: most });
}
