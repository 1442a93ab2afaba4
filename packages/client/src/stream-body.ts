import type { BodyDeadline, FetchBody, RequestBody } from './request-body.js';

/** Text is gathered up to about this many characters, so that a line is not a packet. */
const CHUNK_CHARACTERS = 65_536;

/** An input that is read piece by piece. */
export interface PartSource {
  /** Bytes and text go out as they are, objects as lines of NDJSON. */
  open(): AsyncIterable<unknown>;
  /** Whether what was read once is gone. */
  readonly isOnce: boolean;
}

/** Browsers cannot stream a body, or over HTTP/2 only. */
export function mayStreamBodies(): boolean {
  return !('document' in globalThis || 'WorkerGlobalScope' in globalThis);
}

/** A body that is read as it is sent; where it may not be streamed, it is gathered first. */
export function streamBody(contentType: string, source: PartSource, mayStream: boolean): RequestBody {
  let begun = false;
  let kept: Blob | null = null;
  let failure: { readonly error: unknown } | null = null;

  async function* readChunks({ renew }: BodyDeadline): AsyncGenerator<Uint8Array> {
    begun = true;
    failure = null;
    try {
      for await (const chunk of chunksOf(source.open())) {
        renew();
        yield chunk;
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const gather = async (deadline: BodyDeadline) => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of readChunks(deadline)) {
      deadline.signal.throwIfAborted();
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
    }
    return new Blob(chunks);
  };
  return {
    contentType,
    canOpen: () => kept !== null || !source.isOnce || !begun,
    failure: () => failure,
    async open(deadline) {
      if (mayStream) return { body: streamOf(readChunks(deadline), deadline.signal), streams: true };
      kept ??= await gather(deadline);
      return { body: kept, streams: false };
    },
  };
}

/**
 * Nothing is read before somebody asks: what was not begun can still be sent again. The end of the try ends it: Node's
 * fetch would go on and read all of the input, though nobody takes it any more.
 */
function streamOf(chunks: AsyncGenerator<Uint8Array>, signal: AbortSignal): FetchBody & ReadableStream {
  let stopped = false;
  const stop = () => {
    stopped = true;
    // Not awaited: an input that hangs must not hold up whoever gave up on it.
    chunks.return(undefined).catch(() => undefined);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const abort = () => {
          if (stopped) return;
          stop();
          controller.error(signal.reason);
        };
        signal.addEventListener('abort', abort, { once: true });
      },
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (stopped) return;
        if (!done) return controller.enqueue(value);
        stopped = true;
        controller.close();
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
}

async function* chunksOf(parts: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let text = '';
  for await (const part of parts) {
    const isBytes = part instanceof Uint8Array;
    if (!isBytes) text += typeof part === 'string' ? part : `${JSON.stringify(part)}\n`;
    if (text !== '' && (isBytes || isWholeChunk(text))) {
      yield encoder.encode(text);
      text = '';
    }
    if (isBytes) yield part;
  }
  if (text !== '') yield encoder.encode(text);
}

/** A character of two halves is not cut in the middle. */
function isWholeChunk(text: string): boolean {
  return text.length >= CHUNK_CHARACTERS && !/[\uD800-\uDBFF]$/.test(text);
}
