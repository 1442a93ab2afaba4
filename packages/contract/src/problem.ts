import { z } from 'zod';

/** Every problem code, with the status it travels under; §3 of the contract. New codes may be added. */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is invalid', retryable: false },
  malformed_json: { status: 400, title: 'The body is not JSON', retryable: false },
  unauthorized: { status: 401, title: 'A valid key is required', retryable: false },
  forbidden: { status: 403, title: 'This caller may not do that', retryable: false },
  try_on_not_found: { status: 404, title: 'There is no such try-on', retryable: false },
  account_not_found: { status: 404, title: 'There is no such account', retryable: false },
  batch_not_found: { status: 404, title: 'There is no such batch', retryable: false },
  asset_not_found: { status: 404, title: 'There is no such asset', retryable: false },
  webhook_endpoint_not_found: { status: 404, title: 'There is no such webhook endpoint', retryable: false },
  delivery_not_found: { status: 404, title: 'There is no such delivery', retryable: false },
  not_found: { status: 404, title: 'There is nothing at this address', retryable: false },
  image_not_archived: { status: 404, title: 'The image is not archived yet', retryable: true },
  image_not_found: { status: 404, title: 'There is no such image', retryable: false },
  method_not_allowed: { status: 405, title: 'This address does not take this method', retryable: false },
  idempotency_key_reused: {
    status: 409,
    title: 'The idempotency key was used for another request',
    retryable: false,
  },
  not_cancelable: { status: 409, title: 'The try-on can no longer be canceled', retryable: false },
  not_retryable: { status: 409, title: 'The try-on cannot be retried', retryable: false },
  may_bill_twice: { status: 409, title: 'An earlier attempt may still be billed', retryable: false },
  not_adoptable: { status: 409, title: 'The task cannot become this try-on’s', retryable: false },
  not_deletable: { status: 409, title: 'The try-on cannot be deleted yet', retryable: true },
  upload_in_progress: { status: 409, title: 'The same upload is still running', retryable: true },
  wrong_batch_state: { status: 409, title: 'The batch is not in a state for that', retryable: false },
  not_redeliverable: { status: 409, title: 'Its endpoint takes nothing', retryable: false },
  body_too_large: { status: 413, title: 'The body is too large', retryable: false },
  range_not_satisfiable: { status: 416, title: 'The image has no such bytes', retryable: false },
  unsupported_media_type: { status: 415, title: 'The body is not of a supported type', retryable: false },
  too_many_requests: { status: 429, title: 'Too many requests', retryable: true },
  internal: { status: 500, title: 'Something went wrong on our side', retryable: true },
  unavailable: { status: 503, title: 'The service cannot take this now', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** RFC 9457, `application/problem+json`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
  retryable: z.boolean(),
  requestId: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

export type Problem = z.output<typeof problemSchema>;

/** The address under which a problem is explained. */
export function problemType(code: ProblemCode): string {
  return `/docs/errors#${code}`;
}
