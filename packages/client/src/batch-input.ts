import { BATCH_MEDIA_TYPES, type BatchFormat } from '@catwalk/contract';
import { CatwalkError } from './errors.js';
import { iterateStream } from './iterate-stream.js';
import type { BatchDefaults, Garment, NewTryOn, Person } from './new-try-on.js';
import { jsonBody, type RequestBody, wholeBody } from './request-body.js';
import { mayStreamBodies, type PartSource, streamBody } from './stream-body.js';

/** Bytes and text go out as they are, objects as lines of NDJSON. */
export type BatchPart = NewTryOn | Uint8Array | string;

/** What is read piece by piece. */
export type BatchParts = Iterable<BatchPart> | AsyncIterable<BatchPart> | ReadableStream<BatchPart>;

/** One JSON document: the items themselves, or every person in every garment. */
export type BatchDocument =
  | { readonly defaults?: BatchDefaults | undefined; readonly items: readonly NewTryOn[] }
  | {
      readonly defaults?: BatchDefaults | undefined;
      readonly people: readonly Person[];
      readonly garments: readonly Garment[];
    };

/**
 * What a batch can be made of. What is there as a whole, an array, or a function that opens the input anew is sent
 * again when the connection breaks; a stream or a generator can be read only once.
 */
export type BatchInput =
  | string
  | Uint8Array
  | Blob
  | BatchDocument
  | BatchParts
  | (() => BatchParts | PromiseLike<BatchParts>);

/** @throws CatwalkError for what cannot be sent in that format. */
export function batchBody(
  input: BatchInput,
  format: BatchFormat | undefined,
  mayStream: boolean = mayStreamBodies(),
): RequestBody {
  const contentType = BATCH_MEDIA_TYPES[format ?? 'ndjson'];
  if (typeof input === 'string') return wholeBody(contentType, input);
  if (input instanceof Uint8Array) return wholeBody(contentType, input as Uint8Array<ArrayBuffer>);
  if (input instanceof Blob) return wholeBody(contentType, input);
  if (typeof input === 'function') return streamBody(contentType, reopened(input, format), mayStream);
  if (isDocument(input)) return documentBody(input, format);
  const source = { isOnce: isReadOnce(input), open: () => checked(input, format) };
  return streamBody(contentType, source, mayStream);
}

function reopened(
  input: () => BatchParts | PromiseLike<BatchParts>,
  format: BatchFormat | undefined,
): PartSource {
  return {
    isOnce: false,
    open: async function* () {
      yield* checked(await input(), format);
    },
  };
}

async function* checked(parts: BatchParts, format: BatchFormat | undefined): AsyncGenerator<BatchPart> {
  for await (const part of isStream(parts) ? iterateStream(parts) : parts) {
    const isText = typeof part === 'string' || part instanceof Uint8Array;
    if (!isText && format !== undefined && format !== 'ndjson')
      throw new CatwalkError(`Objects are sent as ndjson, and format says ${format}`);
    yield part;
  }
}

/** Of what is read piece by piece only a collection can be read again: iterators and streams return themselves. */
function isReadOnce(parts: BatchParts): boolean {
  if (!(Symbol.iterator in parts)) return true;
  return (parts[Symbol.iterator]() as unknown) === parts;
}

function isStream(parts: BatchParts): parts is ReadableStream<BatchPart> {
  return 'getReader' in parts;
}

function isDocument(input: object): input is BatchDocument {
  return 'items' in input || ('people' in input && 'garments' in input);
}

/** Defaults stand before what they are the defaults of. */
function documentBody({ defaults, ...rest }: BatchDocument, format: BatchFormat | undefined): RequestBody {
  if (format !== undefined && format !== 'json')
    throw new CatwalkError(`A document is sent as json, and format says ${format}`);
  return jsonBody({ ...(defaults !== undefined && { defaults }), ...rest });
}
