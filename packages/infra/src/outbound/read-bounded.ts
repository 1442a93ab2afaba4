import type { IncomingMessage } from 'node:http';

/** Reads a body up to so many bytes; null when it is longer, and then the rest is not waited for. */
export async function readBounded(message: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) return abandon(message);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return abandon(message);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function abandon(message: IncomingMessage): null {
  message.destroy();
  return null;
}
