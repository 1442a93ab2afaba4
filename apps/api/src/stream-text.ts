import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A client that takes nothing for so long is cut off: it holds a connection, and a page of results with it. */
const UNREAD_MAX_MS = 60_000;

/**
 * Answers with a text that is made while it is read: nothing is made ahead of a client that reads slowly, and nothing
 * more when it goes away. The first piece is made before the answer begins, so that what fails at once is refused in
 * the ordinary way. What fails later breaks the connection off: a cut text does not look like a whole one.
 *
 * @param unreadMaxMs for how long a client may take nothing of what lies ready for it
 * @returns false: the client went away, or stopped to read
 */
export async function streamText(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  pieces: AsyncGenerator<string>,
  unreadMaxMs = UNREAD_MAX_MS,
): Promise<boolean> {
  const first = await pieces.next();
  response.writeHead(200, { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store', ...headers });
  if (response.req.method === 'HEAD') {
    response.end();
    return true;
  }
  // Also a part of a write that leaves counts. Where nothing lies ready it is we who are slow.
  response.setTimeout(unreadMaxMs, () => {
    if (response.writableLength > 0) response.destroy();
  });
  try {
    await pipeline(Readable.from(following(first, pieces), { highWaterMark: 1 }), response);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return false;
    throw error;
  } finally {
    await pieces.return(undefined);
  }
}

async function* following(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done) return;
  if (first.value !== '') yield first.value;
  for await (const piece of rest) if (piece !== '') yield piece;
}
