import { setTimeout as wait } from 'node:timers/promises';
import type { OutFolder, Part } from './out-folder.js';
import { extensionOf, SNIFF_BYTES } from './sniff-picture.js';

/** A picture that could not be had. */
export class PictureError extends Error {
  /** Whether the same address may answer better a little later. */
  readonly mayPass: boolean;

  constructor(message: string, mayPass: boolean) {
    super(message);
    this.mayPass = mayPass;
  }
}

/** A picture that lies in a file without a name. */
export interface Fetched {
  readonly part: Part;
  readonly extension: string;
  readonly bytes: number;
}

/** Half a minute in all: a storage that is started anew, a network that changes. */
const PAUSES_MS: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
const TIMEOUT_MS = 120_000;
const BYTES_MAX = 100 * 1_048_576;

/** Waits so long, or until told to stop. @throws anything when told to stop */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

export const pauseFor: Pause = (ms, signal) => wait(ms, undefined, { signal });

/**
 * Fetches a picture into the folder; where the server or the way to it fails, again after growing waits.
 *
 * @throws PictureError when it cannot be had; the signal's reason when told to stop
 */
export async function fetchPicture(
  folder: OutFolder,
  url: string,
  signal: AbortSignal,
  pause: Pause,
): Promise<Fetched> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await tryOnce(folder, url, signal);
    } catch (error) {
      signal.throwIfAborted();
      const trouble = asPictureError(error);
      const pauseMs = PAUSES_MS[tries];
      if (!trouble.mayPass || pauseMs === undefined) throw trouble;
      await pause(pauseMs, signal).catch(() => signal.throwIfAborted());
    }
  }
}

async function tryOnce(folder: OutFolder, url: string, signal: AbortSignal): Promise<Fetched> {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(tooSlow()), TIMEOUT_MS);
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const response = await fetch(judgeAddress(url), { signal: controller.signal });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw refused(response.status);
    }
    return await save(folder, response.body, response.headers.get('content-type'));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function save(
  folder: OutFolder,
  body: AsyncIterable<Uint8Array>,
  contentType: string | null,
): Promise<Fetched> {
  const part = await folder.makePart();
  try {
    let bytes = 0;
    let head = Buffer.alloc(0);
    for await (const chunk of body) {
      if (head.length < SNIFF_BYTES) head = Buffer.concat([head, chunk.subarray(0, SNIFF_BYTES)]);
      bytes += chunk.byteLength;
      if (bytes > BYTES_MAX) throw new PictureError('is larger than 100 MB', false);
      await part.handle.writeFile(chunk);
    }
    const extension = extensionOf(contentType, head);
    if (extension === null) throw new PictureError(`is no picture (${contentType ?? 'no type'})`, false);
    return { part, extension, bytes };
  } catch (error) {
    await folder.dropPart(part);
    throw error;
  }
}

function judgeAddress(url: string): string {
  if (/^https?:/i.test(url) && URL.canParse(url)) return url;
  throw new PictureError('has no http address', false);
}

function refused(status: number): PictureError {
  return new PictureError(`answers ${status}`, status >= 500 || status === 408 || status === 429);
}

function tooSlow(): PictureError {
  return new PictureError(`took longer than ${TIMEOUT_MS / 1_000} s`, true);
}

/** What fetch throws is the network's trouble; what the disk throws will not pass. */
function asPictureError(error: unknown): PictureError {
  if (error instanceof PictureError) return error;
  if (!(error instanceof Error)) return new PictureError(String(error), false);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return new PictureError(`${error.message}${cause}`, error instanceof TypeError);
}
