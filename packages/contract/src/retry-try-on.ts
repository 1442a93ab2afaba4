import { z } from 'zod';

/** The body of `POST /v1/try-ons/{id}/retry`. */
export const retryTryOnSchema = z
  .strictObject({ mayBillTwice: z.boolean('must be true or false').nullish() })
  .transform((body) => ({ mayBillTwice: body.mayBillTwice ?? false }));

/** The body of `POST /v1/try-ons/{id}/cancel`: it takes no field. */
export const cancelTryOnSchema = z.strictObject({});
