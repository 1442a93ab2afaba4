import { text } from './text.js';

const IMAGE_ADDRESS_LENGTH_MAX = 4_096;
const REPLY_URL_LENGTH_MAX = 1_024;

/** The address of an input image: absolute, `http` or `https`, without user info. */
export function imageAddress() {
  return text({ most: IMAGE_ADDRESS_LENGTH_MAX })
    .refine(isWebAddress, 'must be an absolute http or https URL')
    .refine((value) => !hasUserInfo(value), 'must not contain user info')
    .meta({ format: 'uri', maxLength: IMAGE_ADDRESS_LENGTH_MAX });
}

/** The address a client wants to be called at. */
export function replyAddress() {
  return text({ most: REPLY_URL_LENGTH_MAX })
    .refine(isWebAddress, 'must be an http or https URL')
    .meta({ format: 'uri', maxLength: REPLY_URL_LENGTH_MAX });
}

// URL's own parser forgives backslashes, missing slashes and white space; the provider's may not.
const ABSOLUTE = /^https?:\/\/[^\s/?#\\]+(?:[/?#]|$)/i;
const FORGIVEN = /[\s\\\p{Cc}]/u;

function isWebAddress(value: string): boolean {
  return ABSOLUTE.test(value) && !FORGIVEN.test(value) && URL.canParse(value);
}

function hasUserInfo(value: string): boolean {
  return /^https?:\/\/[^/?#]*@/i.test(value);
}

/** The address of a webhook endpoint: like those, and without user info, which nobody would send. */
export function webhookAddress() {
  return replyAddress().refine((value) => !hasUserInfo(value), 'must not contain user info');
}
