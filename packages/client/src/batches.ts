import {
  type Batch,
  type BatchDryRun,
  type BatchFormat,
  type BatchResult,
  type BatchState,
  batchDryRunSchema,
  batchListSchema,
  batchSchema,
  type InvalidLine,
  invalidLineListSchema,
  type PauseOnFailures,
  type Priority,
  type RetryFailed,
  retryFailedSchema,
} from '@catwalk/contract';
import { pathOf, type Query } from './address.js';
import { type BatchInput, batchBody } from './batch-input.js';
import { createKey } from './create-key.js';
import { type ListOptions, listPages, type Pages } from './pages.js';
import { type ResultsOptions, readResults, readResultsCsv } from './read-results.js';
import type { CallOptions, CreateOptions, Request, Sender } from './request.js';
import { jsonBody } from './request-body.js';
import { type BatchWaitOptions, waitForBatch } from './wait-for-batch.js';

/** What holds for a batch as a whole. */
export interface BatchOptions {
  /** `ndjson` unless the input is a JSON document. */
  readonly format?: BatchFormat | undefined;
  /** So many lines, spread over the input, are submitted first; the rest waits for `resume`. */
  readonly pilot?: number | undefined;
  /** Pauses when so large a part of at least `after` ended try-ons failed: 0.3 of 30 if absent, `false` never. */
  readonly pauseOnFailures?: PauseOnFailures | false | undefined;
  /** Images that may be submitted in all; what is over waits. */
  readonly maxImages?: number | undefined;
  /** For every line: not submitted by then, it fails as `expired`. */
  readonly expiresAt?: Date | string | undefined;
  /** Of lines that have none of their own. */
  readonly priority?: Priority | undefined;
  /** Copies the inputs of all lines that do not say otherwise. */
  readonly copyInputs?: boolean | undefined;
}

export interface BatchFilter {
  readonly state?: BatchState | undefined;
}

/** `/v1/batches`. Everything throws `ApiError` for a refusal, and the other errors of this package. */
export interface Batches {
  /**
   * Sends an input. Here `timeoutMs` (10 minutes unless told) is how long the whole may take, or, for what is sent
   * piece by piece, how long nothing may move.
   */
  create(input: BatchInput, options?: BatchOptions & CreateOptions): Promise<Batch>;
  /** Checks and counts everything, and stores nothing. */
  dryRun(input: BatchInput, options?: BatchOptions & CallOptions): Promise<BatchDryRun>;
  get(id: string, options?: CallOptions): Promise<Batch>;
  list(filter?: BatchFilter & ListOptions): Pages<Batch>;
  /** Nothing more is submitted; what is in flight is kept when it ends. */
  cancel(id: string, options?: CallOptions): Promise<Batch>;
  pause(id: string, options?: CallOptions): Promise<Batch>;
  resume(id: string, options?: CallOptions): Promise<Batch>;
  /** Of all that is not yet submitted. */
  setPriority(id: string, priority: Priority, options?: CallOptions): Promise<Batch>;
  /** Only what failed, and of that only what cannot be billed twice. */
  retryFailed(id: string, options?: CallOptions): Promise<RetryFailed>;
  /** What has ended so far, in the order in which it ended. Goes on by itself after a connection that broke. */
  results(id: string, options?: ResultsOptions): AsyncIterable<BatchResult>;
  /** The same as CSV, in bytes as they come. A connection that breaks is an error here: begin again. */
  resultsCsv(id: string, options?: ResultsOptions): AsyncIterable<Uint8Array>;
  invalidLines(id: string, options?: ListOptions): Pages<InvalidLine>;
  /** Resolves with the batch once it is finished or canceled, or paused if asked; `signal` bounds the wait. */
  wait(id: string, options?: BatchWaitOptions): Promise<Batch>;
}

const UPLOAD_TIMEOUT_MS = 600_000;

export function createBatches(sender: Sender): Batches {
  const get: Batches['get'] = async (id, options = {}) =>
    sender.send({ ...options, method: 'GET', path: pathOf`/v1/batches/${id}` }, batchSchema);
  const change = (path: string, options: CallOptions = {}, body: object = {}) =>
    sender.send({ ...options, method: 'POST', path, body: jsonBody(body) }, batchSchema);
  return {
    create: async (input, { idempotencyKey = createKey(), ...options } = {}) =>
      sender.send({ ...upload(input, options), idempotencyKey }, batchSchema),
    dryRun: async (input, options = {}) => {
      const { query, ...asked } = upload(input, options);
      return sender.send(
        { ...asked, query: { ...query, dryRun: true }, changesNothing: true },
        batchDryRunSchema,
      );
    },
    get,
    list: ({ state, ...options } = {}) =>
      listPages(sender, { path: '/v1/batches', query: { state }, schema: batchListSchema }, options),
    cancel: async (id, options) => change(pathOf`/v1/batches/${id}/cancel`, options),
    pause: async (id, options) => change(pathOf`/v1/batches/${id}/pause`, options),
    resume: async (id, options) => change(pathOf`/v1/batches/${id}/resume`, options),
    setPriority: async (id, priority, options) =>
      change(pathOf`/v1/batches/${id}/priority`, options, { priority }),
    retryFailed: async (id, options = {}) => {
      const path = pathOf`/v1/batches/${id}/retry-failed`;
      return sender.send({ ...options, method: 'POST', path, body: jsonBody({}) }, retryFailedSchema);
    },
    results: (id, options = {}) => readResults(sender, id, options),
    resultsCsv: (id, options = {}) => readResultsCsv(sender, id, options),
    invalidLines: (id, options = {}) =>
      listPages(
        sender,
        { path: pathOf`/v1/batches/${id}/invalid-lines`, query: {}, schema: invalidLineListSchema },
        options,
      ),
    wait: (id, options = {}) => waitForBatch(get, id, options),
  };
}

function upload(input: BatchInput, options: BatchOptions & CallOptions): Request {
  const { signal, timeoutMs = UPLOAD_TIMEOUT_MS, maxRetries, ...own } = options;
  const body = batchBody(input, own.format);
  const query = queryOfOptions(own);
  return { method: 'POST', path: '/v1/batches', query, body, signal, timeoutMs, maxRetries };
}

function queryOfOptions({ format: _, pauseOnFailures: pause, ...rest }: BatchOptions): Query {
  const pauseOnFailures =
    pause === undefined ? undefined : pause === false ? 'off' : `${pause.ratio},${pause.after}`;
  return { ...rest, pauseOnFailures };
}
