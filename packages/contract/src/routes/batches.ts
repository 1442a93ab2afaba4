import {
  BATCH_MEDIA_TYPES,
  batchControlSchema,
  batchDryRunSchema,
  batchListQuerySchema,
  batchListSchema,
  batchPrioritySchema,
  batchResultSchema,
  batchSchema,
  createBatchQuerySchema,
  invalidLineListSchema,
  invalidLinesQuerySchema,
  resultsQuerySchema,
  retryFailedSchema,
} from '../batch.js';
import { createBatchSchema } from '../create-batch.js';
import {
  batchRequests,
  csvRequest,
  exampleBatch,
  exampleCanceling,
  exampleDryRun,
  examplePaused,
  exampleResult,
  exampleResultsCsv,
  ndjsonRequest,
} from '../openapi/batch-examples.js';
import { BODY_REFUSALS, type Operation } from '../openapi/operation.js';
import { batchId, idempotencyKey } from '../openapi/parameters.js';

const tag = 'Batches';
const access = 'key';

const batch = { name: 'Batch', schema: batchSchema };
const noField = {
  name: 'BatchControl',
  schema: batchControlSchema,
  required: false,
  examples: { 'No field': {} },
};
const ORDER_REFUSALS = [...BODY_REFUSALS, 'batch_not_found', 'wrong_batch_state'] as const;

/** The routes of `/v1/batches`. */
export const batchOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/batches',
    id: 'createBatch',
    tag,
    access,
    summary: 'Make a batch',
    description:
      'As NDJSON one try-on in each line, as CSV one in each row under a header of field names, as JSON a list of them, or people and garments. Lines that cannot be made try-ons are left out and told. The 202 goes out when all lines are committed. An upload that broke off is completed by sending the same bytes with the same Idempotency-Key; until then nothing of it is submitted.',
    parameters: [idempotencyKey],
    query: createBatchQuerySchema,
    body: {
      name: 'CreateBatch',
      schema: createBatchSchema,
      required: true,
      examples: batchRequests,
      texts: { [BATCH_MEDIA_TYPES.ndjson]: ndjsonRequest, [BATCH_MEDIA_TYPES.csv]: csvRequest },
    },
    answers: {
      200: {
        description: 'With `dryRun=true`: what it would come to. Nothing is stored.',
        name: 'BatchDryRun',
        schema: batchDryRunSchema,
        example: exampleDryRun,
      },
      202: {
        description: 'Accepted, or known by its Idempotency-Key.',
        ...batch,
        example: exampleBatch,
        headers: ['Location', 'Idempotent-Replayed'],
      },
    },
    refusals: [
      'invalid_request',
      'malformed_json',
      'unsupported_media_type',
      'idempotency_key_reused',
      'upload_in_progress',
      'wrong_batch_state',
      'too_many_requests',
    ],
  },
  {
    method: 'get',
    path: '/v1/batches',
    id: 'listBatches',
    tag,
    access,
    summary: 'List batches',
    description: 'Newest first, each as it stands now, with the first ten of its invalid lines.',
    query: batchListQuerySchema,
    answers: {
      200: {
        description: 'A page.',
        name: 'BatchList',
        schema: batchListSchema,
        example: { data: [exampleBatch], nextCursor: null },
      },
    },
    refusals: ['invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/batches/{id}',
    id: 'getBatch',
    tag,
    access,
    summary: 'Read a batch',
    description: 'The counts add up to `total` at every moment.',
    parameters: [batchId],
    answers: { 200: { description: 'As it is now.', ...batch, example: exampleBatch } },
    refusals: ['invalid_request', 'batch_not_found'],
  },
  {
    method: 'get',
    path: '/v1/batches/{id}/results',
    id: 'getBatchResults',
    tag,
    access,
    summary: 'Read the results',
    description:
      'All that has ended until now, in the order in which it ended, also while the batch runs; go on later with `after`. What was retried and ended again has a place of its own at the end. As CSV the columns of the input come first; with `status=failed` alone it also holds the invalid lines, and mended it can be sent as a new batch. An answer that breaks off was not read to its end.',
    parameters: [batchId],
    query: resultsQuerySchema,
    answers: {
      200: {
        description: 'One object in each line, or a CSV.',
        name: 'BatchResult',
        schema: batchResultSchema,
        example: exampleResult,
        lines: { textType: 'text/csv', textExample: exampleResultsCsv },
      },
    },
    refusals: ['invalid_request', 'batch_not_found'],
  },
  {
    method: 'get',
    path: '/v1/batches/{id}/invalid-lines',
    id: 'listInvalidLines',
    tag,
    access,
    summary: 'List the lines that could not be made try-ons',
    description: 'In their order; of very many the first ten thousand are kept.',
    parameters: [batchId],
    query: invalidLinesQuerySchema,
    answers: {
      200: {
        description: 'A page.',
        name: 'InvalidLineList',
        schema: invalidLineListSchema,
        example: { data: exampleBatch.invalidLines.first, nextCursor: null },
      },
    },
    refusals: ['invalid_request', 'batch_not_found'],
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/cancel',
    id: 'cancelBatch',
    tag,
    access,
    summary: 'Cancel a batch',
    description:
      'After the answer nothing of it is submitted. What is in flight ends by itself, and what it brings is kept. One that is still being received is discarded by this.',
    parameters: [batchId],
    body: noField,
    answers: { 200: { description: 'Canceling, or canceled.', ...batch, example: exampleCanceling } },
    refusals: ORDER_REFUSALS,
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/pause',
    id: 'pauseBatch',
    tag,
    access,
    summary: 'Pause a batch',
    description:
      'After the answer nothing of it is submitted until it is resumed. What is in flight goes on.',
    parameters: [batchId],
    body: noField,
    answers: { 200: { description: 'Paused, now or before.', ...batch, example: examplePaused } },
    refusals: ORDER_REFUSALS,
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/resume',
    id: 'resumeBatch',
    tag,
    access,
    summary: 'Resume a batch',
    description: 'After its pilot this lets all others go. Failures are counted anew from here.',
    parameters: [batchId],
    body: noField,
    answers: { 200: { description: 'Running, now or before.', ...batch, example: exampleBatch } },
    refusals: ORDER_REFUSALS,
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/priority',
    id: 'setBatchPriority',
    tag,
    access,
    summary: 'Give the rest of a batch another priority',
    parameters: [batchId],
    body: {
      name: 'BatchPriority',
      schema: batchPrioritySchema,
      required: true,
      examples: { Low: { priority: 'low' } },
    },
    answers: { 200: { description: 'Given.', ...batch, example: { ...exampleBatch, priority: 'low' } } },
    refusals: ORDER_REFUSALS,
  },
  {
    method: 'post',
    path: '/v1/batches/{id}/retry-failed',
    id: 'retryFailed',
    tag,
    access,
    summary: 'Retry what failed of a batch',
    description:
      'The same try-ons are queued again, each with a new attempt. Those that may be billed twice are left out and counted: retry these one by one.',
    parameters: [batchId],
    body: noField,
    answers: {
      200: {
        description: 'Queued again.',
        name: 'BatchRetry',
        schema: retryFailedSchema,
        example: { object: 'batch_retry', retried: 31, leftOut: { unproven: 6 } },
      },
    },
    refusals: ORDER_REFUSALS,
  },
];
