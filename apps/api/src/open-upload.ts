import type { IncomingMessage } from 'node:http';
import { liftRequestBound } from '@catwalk/infra/process';
import { RequestAbortedError } from './read-body.js';

/** A body that is read while it comes, for as long as bytes come. */
export interface UploadBody extends AsyncIterable<Uint8Array> {
  /** Ends the reading of it with this error, also while it waits for bytes. */
  breakOff(error: Error): void;
  /** Throws what it was broken off with, if it was. */
  throwIfBroken(): void;
}

/** An upload of which less than this came while it was waited for so long is taken to be over. */
interface Pace {
  /** Milliseconds in which nothing but the client was waited for. */
  readonly waitMs: number;
  readonly leastBytes: number;
}

/** Slower ones would hold their places for as long as they like. */
const PACE: Pace = { waitMs: 60_000, leastBytes: 65_536 };

/** The body of a request as an upload; the time that it takes as a whole has no bound from now on. */
export function openUpload(request: IncomingMessage, pace = PACE): UploadBody {
  const broken = new AbortController();
  const breakOff = (error: Error) => broken.abort(error);
  return {
    breakOff,
    throwIfBroken: () => broken.signal.throwIfAborted(),
    [Symbol.asyncIterator]: () => bytesOf(request, broken.signal, pace),
  };
}

async function* bytesOf(
  request: IncomingMessage,
  broken: AbortSignal,
  { waitMs, leastBytes }: Pace,
): AsyncGenerator<Uint8Array> {
  const restoreBound = liftRequestBound(request);
  // A request that is left in the middle must not be destroyed: somebody is waiting for its answer.
  const bytes = request.iterator({ destroyOnReturn: false });
  let [waited, came] = [0, 0];
  try {
    for (;;) {
      const askedAt = performance.now();
      const step = await nextOf(bytes, request, broken, waitMs - waited);
      if (step.done === true) return;
      waited += performance.now() - askedAt;
      came += step.value.length;
      if (came >= leastBytes) [waited, came] = [0, 0];
      yield step.value;
    }
  } finally {
    // Not waited for: what is still being waited for may never come.
    bytes.return?.(undefined).catch(() => undefined);
    // The rest is let run past, since a client that is still sending would not read the answer.
    request.removeAllListeners('readable').resume();
    restoreBound();
  }
}

/** The next bytes; how the stream itself calls the end of a request that did not end is of no interest. */
async function nextOf(
  bytes: AsyncIterator<Uint8Array>,
  request: IncomingMessage,
  broken: AbortSignal,
  waitMs: number,
): Promise<IteratorResult<Uint8Array, undefined>> {
  broken.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const other = new Promise<never>((_, reject) => {
    onAbort = () => reject(broken.reason);
    broken.addEventListener('abort', onAbort, { once: true });
    timer = setTimeout(() => reject(gone()), waitMs);
  });
  const next = bytes.next().then(
    (step) => {
      if (step.done === true && !request.complete) throw gone();
      return step;
    },
    () => {
      throw gone();
    },
  );
  next.catch(() => undefined);
  return Promise.race([next, other]).finally(() => {
    clearTimeout(timer);
    if (onAbort !== undefined) broken.removeEventListener('abort', onAbort);
  });
}

function gone(): RequestAbortedError {
  return new RequestAbortedError('the client went away');
}
