import { z } from 'zod';
import {
  batchDefaultsSchema,
  batchOptionFields,
  garmentSchema,
  PRODUCT_SIDE_MAX,
  personSchema,
} from './batch.js';
import { createTryOnSchema } from './create-try-on.js';
import { jsonObject } from './json-object.js';

/** A JSON body of `POST /v1/batches`, as it is described; it is read piece by piece, entry by entry. */
export const createBatchSchema = jsonObject({
  ...batchOptionFields,
  defaults: batchDefaultsSchema
    .nullish()
    .describe('Fields for every try-on that has none of its own. Stands before the lists.'),
  items: z.array(createTryOnSchema).optional().describe('Try-ons, one by one. Excludes the other two.'),
  people: z
    .array(personSchema)
    .max(PRODUCT_SIDE_MAX)
    .optional()
    .describe('Each of them is dressed in each of `garments`.'),
  garments: z.array(garmentSchema).max(PRODUCT_SIDE_MAX).optional(),
});
