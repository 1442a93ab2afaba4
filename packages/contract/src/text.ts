import { z } from 'zod';

export const UNSTORABLE_RULE = 'must not contain U+0000 or lone surrogates';
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** Whether Postgres and JSON can both hold a text: no U+0000 and no lone surrogates. */
export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Text of a client, counted in characters (code points). */
export function text(options: { readonly least?: number; readonly most: number }) {
  const { least = 0, most } = options;
  const rule =
    least > 0 ? `must have ${least} to ${most} characters` : `must have at most ${most} characters`;
  return z
    .string({ error: (issue) => ((issue.input ?? null) === null ? 'is required' : 'must be a string') })
    .refine((value) => isLong(value, least) && !isLong(value, most + 1), rule)
    .refine(isStorable, UNSTORABLE_RULE)
    .meta({ ...(least > 0 && { minLength: least }), maxLength: most });
}

/** Whether a text has at least so many characters; code points are only counted where it matters. */
function isLong(value: string, characters: number): boolean {
  if (value.length < characters) return false;
  return value.length >= 2 * characters || [...value].length >= characters;
}
