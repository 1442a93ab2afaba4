import { type Database, isPostgresAway, ownDatabase } from '@catwalk/infra/postgres';
import type { OutageLog } from '@catwalk/infra/process';
import { nameQueueOutage, openCarrier, openLanes, QueueError } from '@catwalk/infra/queue';
import type { ApiConfig } from './config.js';
import type { Carrier } from './context.js';

const RETRY_MS = 1_000;

/**
 * Carries rows into their lanes after an accepted request. The queue is opened when it is first needed, and
 * again if that failed: the API starts and accepts without it, since the worker carries what is left behind.
 */
export function openQueueCarrier(config: ApiConfig, database: Database, outages: OutageLog): Carrier {
  let opened: Promise<Carrier> | null = null;
  let failedAt = Number.NEGATIVE_INFINITY;
  const onError = (error: unknown) => {
    // The lanes have told of it.
    if (error instanceof QueueError) return;
    outages.failed(isPostgresAway(error) ? 'postgres' : 'loop carry', error);
  };

  const open = (): Promise<Carrier> => {
    opened ??= openNow(config, database, outages, onError).catch((error: unknown) => {
      opened = null;
      failedAt = performance.now();
      throw error;
    });
    return opened;
  };
  return {
    wake() {
      if (opened === null && performance.now() - failedAt < RETRY_MS) return;
      open().then((carrier) => carrier.wake(), onError);
    },
    ping: async () => (await open()).ping(),
    close: async () => opened?.then((carrier) => carrier.close()).catch(onError),
  };
}

async function openNow(
  config: ApiConfig,
  database: Database,
  outages: OutageLog,
  onError: (error: unknown) => void,
): Promise<Carrier> {
  const { installId } = await ownDatabase(database, config.mode);
  const { databaseUrl, redisUrl = null } = config;
  const what = nameQueueOutage(redisUrl);
  const lanes = await openLanes({
    redisUrl,
    databaseUrl,
    installId,
    onError: (error) => outages.failed(what, error),
    onWorked: () => outages.worked(what),
  });
  const carrier = openCarrier(database, lanes, { onWorked: () => outages.worked('loop carry'), onError });
  return {
    wake: () => carrier.wake(),
    ping: () => lanes.ping(),
    close: async () => {
      await carrier.close();
      await lanes.close();
    },
  };
}
