import type { IncomingMessage } from 'node:http';
import { liftRequestBound } from '@catwalk/infra/process';
import { RequestAbortedError } from './read-body.js';

/** A body that is read while it comes, for as long as bytes come. */
export interface UploadBody extends AsyncIterable<Uint8Array> {
  /** Ends the reading of it with this error, also while it waits for bytes. */
  breakOff(error: Error): void;
}

/** An upload of which so long nothing was heard is taken to be over. */
const SILENCE_MS_MAX = 60_000;

/** The body of a request as an upload; the time that it takes as a whole has no bound from now on. */
export function openUpload(request: IncomingMessage, silenceMs = SILENCE_MS_MAX): UploadBody {
  const broken = new AbortController();
  const breakOff = (error: Error) => broken.abort(error);
  return { breakOff, [Symbol.asyncIterator]: () => bytesOf(request, broken.signal, silenceMs) };
}

async function* bytesOf(
  request: IncomingMessage,
  broken: AbortSignal,
  silenceMs: number,
): AsyncGenerator<Uint8Array> {
  const restoreBound = liftRequestBound(request);
  // A request that is left in the middle must not be destroyed: somebody is waiting for its answer.
  const bytes = request.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const step = await nextOf(bytes, request, broken, silenceMs);
      if (step.done === true) return;
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
  silenceMs: number,
): Promise<IteratorResult<Uint8Array, undefined>> {
  broken.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const other = new Promise<never>((_, reject) => {
    onAbort = () => reject(broken.reason);
    broken.addEventListener('abort', onAbort, { once: true });
    timer = setTimeout(() => reject(gone()), silenceMs);
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
