import { type Asset, assetSchema } from '@catwalk/contract';
import { pathOf } from './address.js';
import { createKey } from './create-key.js';
import { CatwalkError } from './errors.js';
import { iterateStream } from './iterate-stream.js';
import type { CallOptions, Sender } from './request.js';
import { type RequestBody, wholeBody } from './request-body.js';
import { mayStreamBodies, streamBody } from './stream-body.js';

type Bytes = Iterable<Uint8Array> | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** A picture: as a whole, piece by piece, or as a function that opens it anew for each try. */
export type AssetInput = Uint8Array | Blob | Bytes | (() => Bytes);

export interface AssetOptions extends CallOptions {
  /** `image/png`, `image/jpeg` or `image/webp`; a `Blob` may say it itself. */
  readonly contentType?: string | undefined;
  /** The account to keep it, where the provider keeps it; any if absent. */
  readonly email?: string | undefined;
}

/** `/v1/assets`: pictures of your own, as addresses for `humanImage` and the like. */
export interface Assets {
  /** The same bytes are the same asset, so that it is repeated where its answer was lost. */
  create(input: AssetInput, options?: AssetOptions): Promise<Asset>;
  get(id: string, options?: CallOptions): Promise<Asset>;
}

const UPLOAD_TIMEOUT_MS = 120_000;

export function createAssets(sender: Sender): Assets {
  return {
    create: async (input, { contentType, email, timeoutMs = UPLOAD_TIMEOUT_MS, ...call } = {}) => {
      const body = assetBody(input, contentType);
      const request = {
        ...call,
        method: 'POST',
        path: '/v1/assets',
        query: { email },
        body,
        timeoutMs,
      } as const;
      return sender.send({ ...request, idempotencyKey: createKey() }, assetSchema);
    },
    get: async (id, options = {}) =>
      sender.send({ ...options, method: 'GET', path: pathOf`/v1/assets/${id}` }, assetSchema),
  };
}

function assetBody(input: AssetInput, told: string | undefined): RequestBody {
  const contentType = told ?? (input instanceof Blob && input.type !== '' ? input.type : undefined);
  if (contentType === undefined) throw new CatwalkError('Say the contentType of the picture');
  if (input instanceof Uint8Array) return wholeBody(contentType, input as Uint8Array<ArrayBuffer>);
  if (input instanceof Blob) return wholeBody(contentType, input);
  const isOnce = typeof input !== 'function';
  const open = () => iterable(typeof input === 'function' ? input() : input);
  return streamBody(contentType, { isOnce, open }, mayStreamBodies());
}

async function* iterable(bytes: Bytes): AsyncGenerator<Uint8Array> {
  yield* 'getReader' in bytes ? iterateStream(bytes) : bytes;
}
