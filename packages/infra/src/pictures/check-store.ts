import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { StartRefusedError } from '../process/index.js';
import type { PictureStore } from './open-picture-store.js';

/** The way of every picture, once: a store that only looks well is found here, and not by the first result. */
export async function checkStore(
  store: Pick<PictureStore, 'put' | 'open' | 'remove'>,
  explain: (problem: string) => string,
): Promise<void> {
  const key = `checks/${randomUUID()}`;
  try {
    await store.put(key, Buffer.from('catwalk'), 'text/plain');
    const kept = await store.open(key);
    const told = kept === null ? null : await text(kept.stream);
    await store.remove([key]);
    if (told !== 'catwalk') throw new Error('what was written could not be read');
  } catch (error) {
    const { name, message } = error as Error & { code?: string };
    throw new StartRefusedError(explain((error as { code?: string }).code ?? (message || name)));
  }
}
