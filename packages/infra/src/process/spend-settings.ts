import { z } from 'zod';
import { splitList } from './setting-types.js';

const IMAGES_MAX = 999_999_999;

/** A number of images, or `none` for no limit. */
export function imageLimitSetting() {
  return z
    .string()
    .regex(/^(?:\d{1,9}|none)$/, `must be a whole number from 0 to ${IMAGES_MAX}, or none`)
    .transform((text) => (text === 'none' ? ('none' as const) : Number(text)));
}

/** `client:images` entries, each client once. */
export function clientLimitsSetting() {
  return z.string().transform((text, context) => {
    const entries = splitList(text).map((entry) => /^([A-Za-z0-9._-]{1,64}):(\d{1,9})$/.exec(entry));
    const limits = new Map(entries.flatMap((match) => (match?.[1] ? [[match[1], Number(match[2])]] : [])));
    if (entries.every((match) => match !== null) && limits.size === entries.length) return limits;
    context.addIssue({
      code: 'custom',
      message: `must be comma-separated client:images entries, each client once, with images from 0 to ${IMAGES_MAX}`,
    });
    return z.NEVER;
  });
}

/** What one image costs: `0.05 EUR`. */
export interface ImagePrice {
  readonly amount: string;
  readonly currency: string;
}

/** A decimal number and an ISO 4217 code, kept as they are written: money is never a float. */
export function priceSetting() {
  return z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,9})? [A-Z]{3}$/, 'must be an amount and a currency, such as 0.05 EUR')
    .transform((text): ImagePrice => {
      const [amount = '', currency = ''] = text.split(' ');
      return { amount, currency };
    });
}
