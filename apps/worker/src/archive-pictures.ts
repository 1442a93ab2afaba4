import { setMaxListeners } from 'node:events';
import { createGuardedClient } from '@catwalk/infra/outbound';
import { type LeasedPicture, leasePictures, releasePictures } from '@catwalk/infra/postgres';
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
/** So many more are leased, and more again when no more than so many are left. */
const NEXT_MAX = 16;
const NEXT_LEAST = 8;
/** Longer rests end with a round, one of which begins each second. */
const SHORT_REST_MS = 2_000;
/** Longer than a try takes, with the wait for its turn: two downloads, a question to the provider, and the store. */
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
  /** Leased, so that a place that becomes free is taken at once. */
  let next: LeasedPicture[] = [];
  const fill = () => {
    while (underWay.size < AT_ONCE && !stop.signal.aborted) {
      const picture = next.shift();
      if (picture === undefined) return;
      begin(picture);
    }
  };
  /** Nobody else may be told when a short rest is over. */
  const rests = new Set<NodeJS.Timeout>();
  const wakeAfter = (restMs: number | null) => {
    if (restMs === null || restMs > SHORT_REST_MS || stop.signal.aborted) return;
    const timer = setTimeout(() => {
      rests.delete(timer);
      onRoom();
    }, restMs);
    rests.add(timer);
  };
  const begin = (picture: LeasedPicture) => {
    const ended = archivePicture({ context, client, stopping: stop.signal }, picture)
      .then(wakeAfter)
      // Its lease runs out, and it is tried again.
      .catch((err) => logger.error({ err, jobId: picture.tryOnId }, 'image.archive-failed'))
      .then(() => (stop.signal.aborted ? releasePictures(db, [picture.id]) : undefined))
      .catch(() => undefined)
      .finally(() => {
        underWay.delete(ended);
        fill();
        if (next.length <= NEXT_LEAST) onRoom();
      });
    underWay.add(ended);
  };
  return {
    async round() {
      const room = NEXT_MAX + AT_ONCE - underWay.size - next.length;
      if (room <= 0 || stop.signal.aborted) return;
      const leased = await leasePictures(db, { leaseMs: LEASE_MS, limit: room });
      if (stop.signal.aborted)
        return releasePictures(
          db,
          leased.map(({ id }) => id),
        );
      next.push(...leased);
      fill();
    },
    async close() {
      stop.abort();
      for (const timer of rests) clearTimeout(timer);
      const left = next.map(({ id }) => id);
      next = [];
      await Promise.all([...underWay, releasePictures(db, left).catch(() => undefined)]);
    },
  };
}
