import type { IncomingMessage } from 'node:http';

/**
 * Reads a body up to so many bytes, and does not wait for the rest.
 *
 * @param cut whether those bytes are enough
 * @returns null when it is longer and may not be cut
 */
export async function readBounded(
  message: IncomingMessage,
  maxBytes: number,
  cut: boolean,
): Promise<Buffer | null> {
  if (!cut && Number(message.headers['content-length'] ?? 0) > maxBytes) return abandon(message);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes && !cut) return abandon(message);
    chunks.push(chunk);
    if (bytes < maxBytes || !cut) continue;
    abandon(message);
    break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

function abandon(message: IncomingMessage): null {
  message.destroy();
  return null;
}
