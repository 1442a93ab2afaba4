import { z } from 'zod';

/** The body of `POST /v1/try-ons/{id}/retry`. */
export const retryTryOnSchema = z
  .strictObject({ mayBillTwice: z.boolean('must be true or false').nullish() })
  .transform((body) => ({ mayBillTwice: body.mayBillTwice ?? false }));

/** The body of `POST /v1/try-ons/{id}/adopt`. The id is text: real ones pass 2^53. */
export const adoptTryOnSchema = z.strictObject({
  providerTaskId: z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : 'must be a string of digits') })
    .regex(/^\d{1,64}$/, 'must be 1 to 64 digits'),
});

/** The body of `POST /v1/try-ons/{id}/cancel`: it takes no field. */
export const cancelTryOnSchema = z.strictObject({});
