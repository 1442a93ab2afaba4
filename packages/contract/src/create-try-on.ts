import { z } from 'zod';
import { type Parsed, parseWith } from './issues.js';
import { metadata } from './metadata.js';
import { text } from './text.js';
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

const time = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2030-01-31T12:00:00Z' })
  .refine((value) => !Number.isNaN(Date.parse(value)), 'must be a time that exists')
  .transform((value) => new Date(value));

const fields = z.strictObject(
  {
    humanImage: imageAddress(),
    dressInput: imageAddress().nullish().transform(absent),
    upperInput: imageAddress().nullish().transform(absent),
    lowerInput: imageAddress().nullish().transform(absent),
    imageCount: wholeNumber(1, 4)
      .nullish()
      .transform((value) => value ?? 1),
    email: text({ least: 1, most: 320 }).nullish().transform(absent),
    maxJobs: wholeNumber(1, 50).nullish().transform(absent),
    replyUrl: replyAddress().nullish().transform(absent),
    replyRef: text({ most: 1_024 }).nullish().transform(absent),
    customId: text({ least: 1, most: 200 }).nullish().transform(absent),
    metadata: metadata.nullish().transform((value) => value ?? {}),
    priority: z
      .enum(PRIORITIES, 'must be high, normal or low')
      .nullish()
      .transform((value) => value ?? 'normal'),
    expiresAt: time.nullish().transform(absent),
  },
  // Only for a body that is no object: the fields bring their own sentences.
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be a JSON object' : undefined) },
);

/** The body of `POST /v1/try-ons`: the provider's own fields and Catwalk's. */
export const createTryOnSchema = fields
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

/** Parses the body of `POST /v1/try-ons`, naming everything that is wrong with it. */
export function parseCreateTryOn(body: unknown): Parsed<CreateTryOn> {
  return parseWith(createTryOnSchema, body);
}
