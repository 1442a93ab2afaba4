import type { IncomingMessage } from 'node:http';

export class BodyTooLarge extends Error {}

/** Stops keeping bytes at the bound, but reads on for a while, so that the client gets to see the answer. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else if (bytes > bytesMax * 4) reject(new BodyTooLarge());
    });
    request.on('end', () => {
      if (bytes > bytesMax) reject(new BodyTooLarge());
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', reject);
  });
}
