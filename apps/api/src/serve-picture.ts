import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type PictureRow, pictureKey } from '@catwalk/infra/postgres';
import type { Request, Response } from 'express';
import type { ApiContext } from './context.js';
import { createThumbnails } from './make-thumbnail.js';
import { ProblemError } from './problem-error.js';

type Saved = Extract<PictureRow, { state: 'saved' }>;

/** Answers with a picture, or with one made so many pixels wide. */
export type PictureServer = (
  request: Request,
  response: Response,
  picture: Saved,
  width: number | null,
) => Promise<void>;

/** What is served came from elsewhere: a browser must take it for nothing but the picture that it is. */
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Cache-Control': 'private, max-age=3600',
  Vary: 'Authorization',
};

const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
};

export function createPictureServer(context: ApiContext): PictureServer {
  const thumbnails = createThumbnails(context);
  return async (request, response, picture, width) => {
    if (width !== null && width < picture.width) {
      tell(response, picture, 'image/webp', `"${picture.sha256}-w${width}"`);
      if (isKnown(request, response)) return void response.status(304).end();
      const bytes = await thumbnails.make(picture, width);
      response.setHeader('Content-Length', bytes.byteLength);
      response.end(request.method === 'HEAD' ? undefined : bytes);
      return;
    }
    tell(response, picture, picture.contentType, `"${picture.sha256}"`);
    response.setHeader('Accept-Ranges', 'bytes');
    if (isKnown(request, response)) return void response.status(304).end();
    await sendWhole(context, request, response, picture);
  };
}

function tell(response: Response, picture: Saved, contentType: string, etag: string): void {
  const name = `${picture.tryOnId}-${picture.position}.${EXTENSIONS[contentType] ?? 'bin'}`;
  response.set({
    ...HEADERS,
    'Content-Type': contentType,
    'Content-Disposition': `inline; filename="${name}"`,
    ETag: etag,
  });
}

/**
 * Whether the caller has these bytes. Express would also heed a `Cache-Control: no-cache`, which is meant for caches on
 * the way and which Node's own fetch sends with every condition.
 */
function isKnown(request: Request, response: Response): boolean {
  const known = (request.headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(String(response.getHeader('ETag')));
}

async function sendWhole(
  { pictures, logger }: ApiContext,
  request: Request,
  response: Response,
  picture: Saved,
): Promise<void> {
  const range = rangeOf(request, response, picture);
  const length = range === null ? picture.bytes : range.end - range.start + 1;
  if (range !== null) {
    response.status(206);
    response.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${picture.bytes}`);
  }
  response.setHeader('Content-Length', length);
  if (request.method === 'HEAD') return void response.end();
  const kept = await pictures.open(pictureKey(picture), range ?? undefined);
  if (kept === null) {
    logger.error({ jobId: picture.tryOnId, attemptId: picture.attemptId }, 'image.missing');
    dropHeaders(response);
    throw new ProblemError('image_not_found', 'The image is no longer in the archive');
  }
  await send(kept.stream, response);
}

/** One range is answered; several are answered with the whole, as they may be. */
function rangeOf(request: Request, response: Response, { bytes, sha256 }: Saved) {
  const condition = request.headers['if-range'];
  if (request.headers.range === undefined || (condition !== undefined && condition !== `"${sha256}"`))
    return null;
  const ranges = request.range(bytes);
  if (ranges === -1) {
    dropHeaders(response);
    throw new ProblemError('range_not_satisfiable', `The image has ${bytes} bytes`, {
      headers: { 'Content-Range': `bytes */${bytes}` },
    });
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  return ranges[0] ?? null;
}

/** What was said of the picture does not hold for a refusal. */
function dropHeaders(response: Response): void {
  for (const name of ['Content-Length', 'Content-Disposition', 'ETag', 'Cache-Control', 'Content-Range'])
    response.removeHeader(name);
}

/** A reader that goes away is no fault of ours. */
async function send(stream: Readable, response: Response): Promise<void> {
  try {
    await pipeline(stream, response);
  } catch (error) {
    if (!response.destroyed || !isHangUp(error)) throw error;
  }
}

function isHangUp(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE';
}
