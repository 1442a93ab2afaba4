import { createTryOnSchema, NO_GARMENT } from '../create-try-on.js';
import {
  dressRequest,
  exampleCanceled,
  exampleDeleted,
  exampleQueued,
  exampleTimeline,
  exampleTryOn,
} from '../openapi/examples.js';
import { BODY_REFUSALS, type Operation } from '../openapi/operation.js';
import { idempotencyKey, imagePosition, prefer, tryOnId } from '../openapi/parameters.js';
import { getQuerySchema, imageQuerySchema, listQuerySchema, timelineQuerySchema } from '../parse-query.js';
import { adoptTryOnSchema, cancelTryOnSchema, retryTryOnSchema } from '../retry-try-on.js';
import { timelineSchema, tryOnListSchema, tryOnSchema } from '../try-on.js';

const tag = 'Try-ons';
const access = 'key';

const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/webp'];

const tryOn = { name: 'TryOn', schema: tryOnSchema };

/** The routes of `/v1/try-ons`. */
export const tryOnOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/try-ons',
    id: 'createTryOn',
    tag,
    access,
    summary: 'Make a try-on',
    description: `${NO_GARMENT}; dressInput excludes the other two. The 202 goes out when the job is committed.`,
    parameters: [idempotencyKey, prefer],
    body: {
      name: 'CreateTryOn',
      schema: createTryOnSchema,
      required: true,
      examples: {
        'A dress': dressRequest,
        'An outfit, with your own labels': {
          humanImage: 'http://127.0.0.1:4312/samples/person-1.png',
          upperInput: 'http://127.0.0.1:4312/samples/upper-1.png',
          lowerInput: 'http://127.0.0.1:4312/samples/lower-1.png',
          imageCount: 2,
          customId: 'look-7',
          metadata: { sku: 'D-1042' },
          priority: 'high',
        },
      },
    },
    answers: {
      202: {
        description: 'Accepted, or known by its Idempotency-Key.',
        ...tryOn,
        example: exampleQueued,
        headers: ['Location', 'Idempotent-Replayed'],
      },
    },
    refusals: [...BODY_REFUSALS, 'idempotency_key_reused'],
  },
  {
    method: 'get',
    path: '/v1/try-ons',
    id: 'listTryOns',
    tag,
    access,
    summary: 'List try-ons',
    description: 'Newest first unless `order=asc`; complete and without repeats while new ones arrive.',
    query: listQuerySchema,
    parameters: [
      {
        name: 'metadata',
        in: 'query',
        style: 'deepObject',
        description: 'Those with all of these labels: `metadata[sku]=D-1042`.',
        schema: { type: 'object', additionalProperties: { type: 'string' } },
        example: {},
      },
    ],
    answers: {
      200: {
        description: 'A page.',
        name: 'TryOnList',
        schema: tryOnListSchema,
        example: { data: [exampleTryOn], nextCursor: null },
      },
    },
    refusals: ['invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/try-ons/{id}',
    id: 'getTryOn',
    tag,
    access,
    summary: 'Read a try-on',
    parameters: [tryOnId, prefer],
    query: getQuerySchema,
    answers: { 200: { description: 'As it is now.', ...tryOn, example: exampleTryOn } },
    refusals: ['invalid_request', 'try_on_not_found'],
  },
  {
    method: 'delete',
    path: '/v1/try-ons/{id}',
    id: 'deleteTryOn',
    tag,
    access,
    summary: 'Delete a try-on',
    description:
      'Removes pictures, inputs, labels, callbacks and timeline. What stays is the bill, and the Idempotency-Key. Once more changes nothing.',
    parameters: [tryOnId],
    answers: { 200: { description: 'Deleted, now or before.', ...tryOn, example: exampleDeleted } },
    refusals: ['invalid_request', 'try_on_not_found', 'not_deletable'],
  },
  {
    method: 'get',
    path: '/v1/try-ons/{id}/images/{n}',
    id: 'getImage',
    tag,
    access,
    summary: 'Fetch an archived image',
    description:
      'With a key, or with the signature of an address that a try-on’s images show. Ranges and conditional requests are answered; `?width=` makes it smaller.',
    parameters: [tryOnId, imagePosition],
    query: imageQuerySchema,
    answers: {
      200: { description: 'The image.', types: IMAGE_TYPES, headers: ['ETag'] },
      206: { description: 'The bytes asked for.', types: IMAGE_TYPES, headers: ['ETag', 'Content-Range'] },
      304: { description: 'Still what If-None-Match names.', types: [], headers: ['ETag'] },
    },
    refusals: [
      'invalid_request',
      'try_on_not_found',
      'image_not_found',
      'image_not_archived',
      'range_not_satisfiable',
    ],
  },
  {
    method: 'get',
    path: '/v1/try-ons/{id}/timeline',
    id: 'getTimeline',
    tag,
    access,
    summary: 'Read what happened to a try-on',
    description:
      'States with their cause and actor, submits with their exchange, callbacks, looks; in order.',
    parameters: [tryOnId],
    query: timelineQuerySchema,
    answers: {
      200: { description: 'A page.', name: 'Timeline', schema: timelineSchema, example: exampleTimeline },
    },
    refusals: ['invalid_request', 'try_on_not_found'],
  },
  {
    method: 'post',
    path: '/v1/try-ons/{id}/cancel',
    id: 'cancelTryOn',
    tag,
    access,
    summary: 'Cancel a try-on',
    description:
      'While it is queued it is never submitted. Later it only stops waiting: a result that still comes is kept.',
    parameters: [tryOnId],
    body: { name: 'CancelTryOn', schema: cancelTryOnSchema, required: false, examples: { 'No field': {} } },
    answers: {
      200: { description: 'Canceled, now or before.', ...tryOn, example: exampleCanceled },
    },
    refusals: [...BODY_REFUSALS, 'try_on_not_found', 'not_cancelable'],
  },
  {
    method: 'post',
    path: '/v1/try-ons/{id}/retry',
    id: 'retryTryOn',
    tag,
    access,
    summary: 'Retry a try-on',
    description: 'Failed, canceled or unconfirmed becomes queued, with a new attempt.',
    parameters: [tryOnId],
    body: {
      name: 'RetryTryOn',
      schema: retryTryOnSchema,
      required: false,
      examples: { 'Where it cannot be billed twice': {}, 'Where it may be': { mayBillTwice: true } },
    },
    answers: { 200: { description: 'Queued again.', ...tryOn, example: exampleQueued } },
    refusals: [...BODY_REFUSALS, 'try_on_not_found', 'not_retryable', 'may_bill_twice'],
  },
  {
    method: 'post',
    path: '/v1/try-ons/{id}/adopt',
    id: 'adoptTryOn',
    tag,
    access,
    summary: 'Name the task that was found at the provider',
    description: 'It is read within a second, and applied.',
    parameters: [tryOnId],
    body: {
      name: 'AdoptTryOn',
      schema: adoptTryOnSchema,
      required: true,
      examples: { 'A task': { providerTaskId: '307153000000025' } },
    },
    answers: {
      200: { description: 'Adopted.', ...tryOn, example: { ...exampleQueued, status: 'processing' } },
    },
    refusals: [...BODY_REFUSALS, 'try_on_not_found', 'not_adoptable'],
  },
];
