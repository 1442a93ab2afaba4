import type { Readable } from 'node:stream';
import type { PicturePlace } from '../process/index.js';
import { openDiskStore } from './open-disk-store.js';

/** Keeps pictures by keys that are paths of plain words; another key is thrown at. */
export interface PictureStore {
  /** Whole or not at all; the same key again replaces what was there. */
  put(key: string, bytes: Buffer, contentType: string): Promise<void>;
  /**
   * Null when nothing is kept there.
   *
   * @param range from the first to the last byte, both included, within the picture
   */
  open(
    key: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<{ readonly stream: Readable; readonly bytes: number } | null>;
  /** What is not there is no error. */
  remove(keys: readonly string[]): Promise<void>;
  /**
   * Keeps something, reads it and removes it.
   *
   * @throws StartRefusedError with a sentence on what to change
   */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Opens nothing yet: folders are made, and connections opened, when they are needed. */
export function openPictureStore(place: PicturePlace): PictureStore {
  return place.kind === 'disk' ? openDiskStore(place.folder) : openS3Later(place);
}

/** To load the S3 client takes a quarter of a second, which only who has a bucket should wait for. */
function openS3Later(place: Extract<PicturePlace, { kind: 's3' }>): PictureStore {
  let opened: Promise<PictureStore> | undefined;
  const store = () => {
    opened ??= import('./open-s3-store.js').then(({ openS3Store }) => openS3Store(place));
    return opened;
  };
  return {
    put: async (key, bytes, contentType) => (await store()).put(key, bytes, contentType),
    open: async (key, range) => (await store()).open(key, range),
    remove: async (keys) => (await store()).remove(keys),
    check: async () => (await store()).check(),
    close: async () => (await opened)?.close(),
  };
}
