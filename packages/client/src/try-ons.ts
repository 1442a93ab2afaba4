import {
  type TimelineEntry,
  type TryOn,
  type TryOnStatus,
  timelineSchema,
  tryOnListSchema,
  tryOnSchema,
} from '@catwalk/contract';
import { pathOf, type Query } from './address.js';
import { createKey } from './create-key.js';
import type { NewTryOn } from './new-try-on.js';
import { type ListOptions, listPages, type Pages } from './pages.js';
import type { CallOptions, CreateOptions, Sender } from './request.js';
import { jsonBody } from './request-body.js';
import { waitUntilFinal } from './wait-until-final.js';

/** Which try-ons to list; all conditions hold together. */
export interface TryOnFilter {
  readonly status?: TryOnStatus | readonly TryOnStatus[] | undefined;
  readonly batchId?: string | undefined;
  readonly customId?: string | undefined;
  readonly replyRef?: string | undefined;
  /** Those with all of these labels. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Inclusive. */
  readonly createdAfter?: Date | string | undefined;
  /** Exclusive. */
  readonly createdBefore?: Date | string | undefined;
  /** Newest first unless `asc`. */
  readonly order?: 'asc' | 'desc' | undefined;
}

/** Lets the server answer as soon as the try-on is final: 1 to 60 seconds. */
export interface WaitOption {
  readonly waitSeconds?: number | undefined;
}

/** A smaller copy. */
export interface ImageOption {
  readonly width?: number | undefined;
}

/** `/v1/try-ons`. Everything throws `ApiError` for a refusal, and the other errors of this package. */
export interface TryOns {
  create(tryOn: NewTryOn, options?: CreateOptions & WaitOption): Promise<TryOn>;
  get(id: string, options?: CallOptions & WaitOption): Promise<TryOn>;
  /** `for await` reads all of them; `.page()` one page. */
  list(filter?: TryOnFilter & ListOptions): Pages<TryOn>;
  /** Not repeated by itself, like everything that changes a try-on: read how it stands after an error. */
  cancel(id: string, options?: CallOptions): Promise<TryOn>;
  /** `mayBillTwice` (admin keys only) retries even where an earlier attempt may still be billed. */
  retry(id: string, options?: CallOptions & { readonly mayBillTwice?: boolean | undefined }): Promise<TryOn>;
  /** Names the task that a person found at the provider. */
  adopt(id: string, providerTaskId: string, options?: CallOptions): Promise<TryOn>;
  /** Keeps its bill and removes everything else: pictures, inputs, labels, callbacks, timeline. */
  delete(id: string, options?: CallOptions): Promise<TryOn>;
  /**
   * The bytes of an archived image, by its index, as they come; with `width` (16 to 2,048) made so many pixels wide, as
   * WebP. Until it is archived this throws `image_not_archived`, and the image's `url` is the one to use.
   */
  image(id: string, index: number, options?: CallOptions & ImageOption): AsyncIterable<Uint8Array>;
  timeline(id: string, options?: ListOptions): Pages<TimelineEntry>;
  /** Resolves with the try-on once it has succeeded, failed or been canceled; `signal` bounds the wait. */
  waitUntilFinal(id: string, options?: CallOptions): Promise<TryOn>;
}

export function createTryOns(sender: Sender): TryOns {
  const get: TryOns['get'] = async (id, { waitSeconds, ...options } = {}) => {
    const more = { query: { wait: waitSeconds }, moreTimeMs: (waitSeconds ?? 0) * 1_000 };
    return sender.send({ ...options, ...more, method: 'GET', path: pathOf`/v1/try-ons/${id}` }, tryOnSchema);
  };
  const change = (path: string, body: object, options: CallOptions) =>
    sender.send({ ...options, method: 'POST', path, body: jsonBody(body) }, tryOnSchema);
  return {
    create: async (tryOn, options = {}) => createTryOn(sender, tryOn, options),
    get,
    list: ({ signal, timeoutMs, maxRetries, limit, ...filter } = {}) =>
      listPages(
        sender,
        { path: '/v1/try-ons', query: queryOfFilter(filter), schema: tryOnListSchema },
        { signal, timeoutMs, maxRetries, limit },
      ),
    cancel: async (id, options = {}) => change(pathOf`/v1/try-ons/${id}/cancel`, {}, options),
    retry: async (id, { mayBillTwice, ...options } = {}) =>
      change(pathOf`/v1/try-ons/${id}/retry`, { mayBillTwice }, options),
    adopt: async (id, providerTaskId, options = {}) =>
      change(pathOf`/v1/try-ons/${id}/adopt`, { providerTaskId }, options),
    delete: async (id, options = {}) =>
      sender.send({ ...options, method: 'DELETE', path: pathOf`/v1/try-ons/${id}` }, tryOnSchema),
    image: (id, index, options = {}) =>
      readImage(sender, pathOf`/v1/try-ons/${id}/images/${String(index)}`, options),
    timeline: (id, options = {}) =>
      listPages(
        sender,
        { path: pathOf`/v1/try-ons/${id}/timeline`, query: {}, schema: timelineSchema },
        options,
      ),
    waitUntilFinal: (id, options = {}) => waitUntilFinal(get, id, options),
  };
}

async function* readImage(
  sender: Sender,
  path: string,
  { width, ...options }: CallOptions & ImageOption,
): AsyncGenerator<Uint8Array> {
  const headers = { accept: 'image/*, application/problem+json' };
  yield* (await sender.open({ ...options, method: 'GET', path, query: { width }, headers })).bytes;
}

function createTryOn(
  sender: Sender,
  tryOn: NewTryOn,
  { waitSeconds, idempotencyKey = createKey(), ...options }: CreateOptions & WaitOption,
): Promise<TryOn> {
  const waiting = waitSeconds !== undefined && {
    headers: { prefer: `wait=${waitSeconds}` },
    moreTimeMs: waitSeconds * 1_000,
  };
  const body = jsonBody(tryOn);
  return sender.send(
    { ...options, ...waiting, method: 'POST', path: '/v1/try-ons', body, idempotencyKey },
    tryOnSchema,
  );
}

function queryOfFilter({ status, metadata = {}, ...rest }: TryOnFilter): Query {
  const labels = Object.entries(metadata).map(([key, value]) => [`metadata[${key}]`, value]);
  return { ...rest, status, ...Object.fromEntries(labels) };
}
