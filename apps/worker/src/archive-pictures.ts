import { setMaxListeners } from 'node:events';
import { createGuardedClient } from '@catwalk/infra/outbound';
import { type LeasedPicture, leasePictures, releasePicture } from '@catwalk/infra/postgres';
import { archivePicture } from './archive-picture.js';
import type { WorkerContext } from './context.js';

/** Copies the pictures of results into the store, before their addresses die. */
export interface Archiver {
  /** Begins with as many as there is room for, those with the oldest addresses first. */
  round(): Promise<void>;
  /** Breaks off what is under way and gives it back; resolves when nothing is. */
  close(): Promise<void>;
}

/** Each may hold a whole picture in memory. */
const AT_ONCE = 8;
/** Longer than a try takes: two downloads, a question to the provider, and the store. */
const LEASE_MS = 240_000;

/** @param onRoom called when there is room for another */
export function createArchiver(context: WorkerContext, onRoom: () => void): Archiver {
  const { config, db, logger } = context;
  const stop = new AbortController();
  setMaxListeners(4 * AT_ONCE, stop.signal);
  const client = createGuardedClient({
    allowPrivate: config.allowPrivateAddresses,
    ownOrigins: config.ownOrigins,
  });
  const underWay = new Set<Promise<void>>();
  const begin = (picture: LeasedPicture) => {
    const ended = archivePicture({ context, client, stopping: stop.signal }, picture)
      // Its lease runs out, and it is tried again.
      .catch((err) => logger.error({ err, jobId: picture.tryOnId }, 'image.archive-failed'))
      .then(() => (stop.signal.aborted ? releasePicture(db, picture.id) : undefined))
      .catch(() => undefined)
      .finally(() => {
        underWay.delete(ended);
        onRoom();
      });
    underWay.add(ended);
  };
  return {
    async round() {
      const room = AT_ONCE - underWay.size;
      if (room === 0 || stop.signal.aborted) return;
      for (const picture of await leasePictures(db, { leaseMs: LEASE_MS, limit: room })) begin(picture);
    },
    async close() {
      stop.abort();
      await Promise.all(underWay);
    },
  };
}
