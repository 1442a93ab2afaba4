import type { IncomingMessage } from 'node:http';
import { ProblemError } from './problem-error.js';

export const BODY_BYTES_MAX = 1_048_576;

/** The client went away before its body was complete: nobody is there to be answered. */
export class RequestAbortedError extends Error {
  override name = 'RequestAbortedError';
}

/**
 * Reads a body of at most 1 MB, or what else is told. A larger one is refused as soon as that is known; the rest of it is let run
 * past, since a client that is still sending would not read the answer.
 */
export function readBody(request: IncomingMessage, bytesMax = BODY_BYTES_MAX): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > bytesMax) return reject(tooLarge(bytesMax));
    const chunks: Buffer[] = [];
    let bytes = 0;
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) return void chunks.push(chunk);
      request.off('data', onData).resume();
      reject(tooLarge(bytesMax));
    };
    // An aborted request closes without its end; 'close' comes after every end too, hence the question.
    const onClose = () => {
      if (!request.complete) reject(new RequestAbortedError('the client went away'));
    };
    request
      .on('data', onData)
      .once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
      .once('error', onClose)
      .once('close', onClose);
  });
}

function tooLarge(bytesMax: number): ProblemError {
  return new ProblemError('body_too_large', `The body must have at most ${bytesMax} bytes`);
}

/** Whether the request announces a body at all. */
export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return coding !== undefined || (length !== undefined && length !== '0');
}

/** The media type of the body, without parameters; a body in another coding than identity is refused. */
export function mediaTypeOf(request: IncomingMessage): string {
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity')
    throw unsupported('The body must not have a Content-Encoding');
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';');
  const charset = parameters.find((parameter) => /^\s*charset\s*=/i.test(parameter));
  if (charset !== undefined && !/=\s*"?utf-?8"?\s*$/i.test(charset))
    throw unsupported(isCsv(type) ? `${NOT_UTF8}: save the file as CSV UTF-8 and send it again` : NOT_UTF8);
  return type.trim().toLowerCase();
}

const NOT_UTF8 = 'The body must be UTF-8';

function isCsv(type: string): boolean {
  return type.trim().toLowerCase() === 'text/csv';
}

export function unsupported(detail: string): ProblemError {
  return new ProblemError('unsupported_media_type', detail);
}
