import { z } from 'zod';

/** A body with these fields and no others; what is no object at all is told so in one sentence for all endpoints. */
export function jsonObject<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? 'must be a JSON object' : undefined),
  });
}
