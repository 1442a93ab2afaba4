/** Bounds for text from outside, in UTF-16 units. */
export const MESSAGE_LENGTH_MAX = 2_000;
export const ADDRESS_LENGTH_MAX = 4_096;
/** Signed result addresses are long, and images that were paid for hang on them. */
export const RESULT_ADDRESS_LENGTH_MAX = 16_384;
export const REFERENCE_LENGTH_MAX = 1_024;

const LONE_SURROGATE = /\p{Cs}/gu;

/** The text without NUL and lone surrogates (Postgres takes neither), of at most `lengthMax` UTF-16 units. */
export function cleanText(text: string, lengthMax: number): string {
  const bounded = text.length > lengthMax ? text.slice(0, lengthMax) : text;
  return bounded.replaceAll('\0', '').replace(LONE_SURROGATE, '');
}
