import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { ProblemError } from './problem-error.js';
import { hasBody, mediaTypeOf, readBody, unsupported } from './read-body.js';

/** Reads a JSON body. The type is judged before the body is read. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (mediaTypeOf(request) !== 'application/json') throw unsupported('Send the body as application/json');
  return parseJson(await readBody(request));
}

/** Reads a JSON body that may be left out. */
export async function readOptionalJson(request: IncomingMessage): Promise<unknown> {
  return hasBody(request) ? readJson(request) : {};
}

/** Parses bytes as JSON. What the parser complains of quotes the body, and is not passed on. */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new ProblemError('malformed_json', 'The body is not valid UTF-8');
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    throw new ProblemError(
      'malformed_json',
      text === '' ? 'The body is empty' : 'The body is not valid JSON',
    );
  }
}
