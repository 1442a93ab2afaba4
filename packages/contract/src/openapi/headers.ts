import type { JsonObject } from './operation.js';

/** The headers of answers. */
export const HEADERS: JsonObject = {
  'X-Request-Id': {
    description: 'Names this request in the log and in problem documents.',
    required: true,
    schema: { type: 'string', format: 'uuid' },
  },
  Location: {
    description: 'Where the new resource is.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
  },
  'Idempotent-Replayed': {
    description: 'Stands only where the Idempotency-Key was known, and nothing new was made.',
    schema: { type: 'string', const: 'true' },
  },
  ETag: {
    description: 'Changes whenever the bytes do.',
    required: true,
    schema: { type: 'string' },
  },
  'Content-Range': {
    description: 'Which bytes these are, and of how many.',
    required: true,
    schema: { type: 'string', pattern: '^bytes ' },
  },
  'Retry-After': {
    description: 'Seconds to wait before the same request is sent again.',
    required: true,
    schema: { type: 'string', pattern: '^\\d+$' },
  },
  Allow: {
    description: 'The methods this address takes.',
    required: true,
    schema: { type: 'string' },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate.',
    required: true,
    schema: { type: 'string', const: 'Bearer' },
  },
};

/** References to headers by their names. */
export function refersToHeaders(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
