import { z } from 'zod';
import type { ProviderAnswer, ProviderFault } from './classify-submit.js';
import type { Scrub } from './create-scrubber.js';
import { errorCodeOf } from './is-connect-error.js';
import { parseJsonObject } from './parse-json-exactly.js';
import { isJsonError, readErrorMessage } from './read-error-text.js';

/** What came of handing a picture on. */
export type AssetUpload =
  | { readonly kind: 'stored'; readonly url: string }
  /** The provider does not take this picture. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nothing is known, or not now: it may be tried again. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** The provider's word for a picture that is stored (provider-facts.md §1.6). */
const STORED = 3;
/** Those that are about what was sent, rather than about who sent it or when. */
const REFUSING = new Set([400, 413, 415, 422]);
const REASON_LENGTH_MAX = 500;

const stored = z.object({
  status: z.literal(STORED),
  url: z.string().refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)),
});

/** A picture counts as stored only where the provider says so and where it lies. */
export function classifyUpload(reply: ProviderAnswer | ProviderFault, scrub: Scrub): AssetUpload {
  if (reply.kind === 'fault') return unavailable(`no answer: ${nameOf(reply.error)}`);
  const { status, text, bodyError } = reply;
  const body = parseJsonObject(text);
  const said = scrub((body === null ? null : readErrorMessage(body)) ?? '', REASON_LENGTH_MAX);
  const reason = said === '' ? `answered ${status}` : `answered ${status}: ${said}`;
  if (status >= 200 && status < 300) {
    const parsed = bodyError === null ? stored.safeParse(body) : null;
    if (parsed?.success === true) return { kind: 'stored', url: parsed.data.url };
    return unavailable(`${reason} without the address of a stored picture`);
  }
  if (REFUSING.has(status) && isJsonError(body)) return { kind: 'refused', reason };
  return unavailable(reason);
}

function unavailable(reason: string): AssetUpload {
  return { kind: 'unavailable', reason: `the provider ${reason}` };
}

function nameOf(error: unknown): string {
  return errorCodeOf(error) ?? (error instanceof Error ? error.name : 'unknown error');
}
