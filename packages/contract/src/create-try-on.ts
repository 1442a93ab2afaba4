import { z } from 'zod';
import { type Parsed, parseWith } from './issues.js';
import { jsonObject } from './json-object.js';
import { metadata } from './metadata.js';
import { text } from './text.js';
import { time } from './time.js';
import { imageAddress, replyAddress } from './web-address.js';

export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** The provider's own sentence. */
export const NO_GARMENT = 'At least one of dressInput, upperInput or lowerInput must be provided';
const NOT_WITH_DRESS = 'must not be combined with dressInput';
const GARMENTS = ['dressInput', 'upperInput', 'lowerInput'];

/** `null` means absent, and so does a missing field: what is absent has one form from here on. */
function absent<T>(value: T | null | undefined): T | null {
  return value ?? null;
}

/** A whole number in a range. */
function wholeNumber(least: number, most: number) {
  const rule = `must be a whole number from ${least} to ${most}`;
  return z.number(rule).int(rule).min(least, rule).max(most, rule);
}

/** The fields of `POST /v1/try-ons`, without the rules between them. */
export const createTryOnFields = jsonObject({
  humanImage: imageAddress().describe('The person.'),
  dressInput: imageAddress()
    .nullish()
    .transform(absent)
    .describe('A garment for the whole body; excludes the other two.'),
  upperInput: imageAddress().nullish().transform(absent).describe('A garment for the upper body.'),
  lowerInput: imageAddress().nullish().transform(absent).describe('A garment for the lower body.'),
  imageCount: wholeNumber(1, 4)
    .nullish()
    .transform((value) => value ?? 1)
    .describe('How many pictures to make, 1 if absent; each is billed.'),
  email: text({ least: 1, most: 320 })
    .nullish()
    .transform(absent)
    .describe('The provider account to use; absent, any with a free slot.'),
  maxJobs: wholeNumber(1, 50)
    .nullish()
    .transform(absent)
    .describe('Starts only while fewer jobs than this are open on its account.'),
  replyUrl: replyAddress().nullish().transform(absent).describe('Kept with the try-on.'),
  replyRef: text({ most: 1_024 }).nullish().transform(absent).describe('Your own reference.'),
  customId: text({ least: 1, most: 200 }).nullish().transform(absent).describe('Your own id.'),
  metadata: metadata
    .nullish()
    .transform((value) => value ?? {})
    .describe('Your own labels: up to 50, at most 8 KB as JSON.'),
  priority: z
    .enum(PRIORITIES, 'must be high, normal or low')
    .nullish()
    .transform((value) => value ?? 'normal')
    .describe('`normal` if absent.'),
  expiresAt: time
    .nullish()
    .transform(absent)
    .describe('Not submitted by then, it fails as `expired`, unbilled.'),
  copyInputs: z
    .boolean('must be true or false')
    .nullish()
    .transform((value) => value ?? false)
    .describe('Copies its inputs soon, for addresses that do not live as long as the queue.'),
});

/** The body of `POST /v1/try-ons`: the provider's own fields and Catwalk's. */
export const createTryOnSchema = createTryOnFields
  .refine(...rule('dressInput', NO_GARMENT, (given) => GARMENTS.some(given)))
  .refine(...rule('upperInput', NOT_WITH_DRESS, (given) => !(given('dressInput') && given('upperInput'))))
  .refine(...rule('lowerInput', NOT_WITH_DRESS, (given) => !(given('dressInput') && given('lowerInput'))));

export type CreateTryOn = z.output<typeof createTryOnSchema>;

/**
 * A rule between fields. It is checked whatever else is wrong, so that a client hears of everything at once,
 * and on what was sent, sound or not: a broken dress is not a missing one.
 */
function rule(path: string, message: string, holds: (given: (field: string) => boolean) => boolean) {
  const check = (body: unknown) => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return true;
    return holds((field) => ((body as Record<string, unknown>)[field] ?? null) !== null);
  };
  const options = { path: [path] as PropertyKey[], message, when: () => true };
  return [check, options] as const;
}

/** With what is wrong come the fields that are sound by themselves: there may be more to say of them. */
export type ParsedTryOn =
  | Extract<Parsed<CreateTryOn>, { ok: true }>
  | (Extract<Parsed<CreateTryOn>, { ok: false }> & { readonly sound: Partial<CreateTryOn> });

/** Parses the body of `POST /v1/try-ons`, naming everything that is wrong with it. */
export function parseCreateTryOn(body: unknown): ParsedTryOn {
  const parsed = parseWith(createTryOnSchema, body);
  return parsed.ok ? parsed : { ...parsed, sound: soundFields(body) };
}

function soundFields(body: unknown): Partial<CreateTryOn> {
  if (typeof body !== 'object' || body === null) return {};
  const sound = Object.entries(createTryOnFields.shape).flatMap(([name, field]) => {
    const result = field.safeParse((body as Record<string, unknown>)[name]);
    return result.success ? [[name, result.data]] : [];
  });
  return Object.fromEntries(sound);
}
