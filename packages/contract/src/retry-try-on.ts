import { z } from 'zod';
import { jsonObject } from './json-object.js';

/** The body of `POST /v1/try-ons/{id}/retry`. */
export const retryTryOnSchema = jsonObject({
  mayBillTwice: z
    .boolean('must be true or false')
    .nullish()
    .describe('Admin keys only: retry even where an earlier attempt may still be billed.'),
}).transform((body) => ({ mayBillTwice: body.mayBillTwice ?? false }));

/** The body of `POST /v1/try-ons/{id}/adopt`. The id is text: real ones pass 2^53. */
export const adoptTryOnSchema = jsonObject({
  providerTaskId: z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be a string of digits') })
    .regex(/^\d{1,64}$/, 'must be 1 to 64 digits')
    .describe('The task as the provider lists it.'),
});

/** The body of `POST /v1/try-ons/{id}/cancel`: it takes no field. */
export const cancelTryOnSchema = jsonObject({});
