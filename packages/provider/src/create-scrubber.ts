import { cleanText } from './clean-text.js';
import { cutAddresses, originOf } from './cut-addresses.js';

/** Makes a text fit to be logged, kept or shown: bounded, well formed, without secrets and signed addresses. */
export type Scrub = (text: string, lengthMax: number) => string;

const SIGNATURE_LENGTH_MIN = 16;

/**
 * A scrubber that knows our token and the callback address of one submit, so that neither is kept when the
 * provider repeats them to us, however it encodes them.
 */
export function createScrubber(token: string, replyUrl: string | null): Scrub {
  const secrets = [...encodings(token), ...(replyUrl === null ? [] : secretsOf(replyUrl))];
  return (text, lengthMax) => {
    let safe = text;
    for (const [secret, substitute] of secrets) safe = safe.replaceAll(secret, substitute);
    // Cut before the addresses are searched: an answer may be as large as it likes.
    return cleanText(cutAddresses(safe.slice(0, 4 * lengthMax)), lengthMax);
  };
}

type Substitution = readonly [secret: string, substitute: string];

function secretsOf(replyUrl: string): Substitution[] {
  const path = URL.canParse(replyUrl) ? new URL(replyUrl).pathname : '';
  const signature = path.split('/').at(-1) ?? '';
  return [
    ...encodings(replyUrl, originOf(replyUrl)),
    ...(path.length >= SIGNATURE_LENGTH_MIN ? encodings(path) : []),
    ...(signature.length >= SIGNATURE_LENGTH_MIN ? encodings(signature) : []),
  ];
}

function encodings(secret: string, substitute = '[redacted]'): Substitution[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const forms = new Set([secret, json, json.replaceAll('/', '\\/'), encodeURIComponent(secret)]);
  return [...forms].filter((form) => form !== '').map((form) => [form, substitute]);
}
