import { setImmediate } from 'node:timers/promises';
import type { UploadBody } from './open-upload.js';

/**
 * Passes chunks on for as long as their upload is not broken off. Everything else gets its turn between two: lines may
 * be made of what was read long ago, without ever waiting for bytes.
 */
export async function* paceChunks<Chunk>(
  chunks: AsyncIterable<Chunk>,
  body: Pick<UploadBody, 'throwIfBroken'>,
): AsyncGenerator<Chunk> {
  for await (const chunk of chunks) {
    yield chunk;
    await setImmediate();
    body.throwIfBroken();
  }
}
