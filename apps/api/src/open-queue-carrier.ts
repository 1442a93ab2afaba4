import { type Database, ownDatabase } from '@catwalk/infra/postgres';
import type { Logger } from '@catwalk/infra/process';
import { openCarrier, openLanes } from '@catwalk/infra/queue';
import type { ApiConfig } from './config.js';
import type { Carrier } from './context.js';

const RETRY_MS = 1_000;

/**
 * Carries rows into their lanes after an accepted request. The queue is opened when it is first needed, and
 * again if that failed: the API starts and accepts without it, since the worker carries what is left behind.
 */
export function openQueueCarrier(config: ApiConfig, database: Database, logger: Logger): Carrier {
  let opened: Promise<Carrier> | null = null;
  let failedAt = Number.NEGATIVE_INFINITY;
  const onError = (err: unknown) => logger.warn({ err }, 'queue.failed');

  const open = (): Promise<Carrier> => {
    opened ??= openNow(config, database, onError).catch((error: unknown) => {
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
  onError: (error: unknown) => void,
): Promise<Carrier> {
  const { installId } = await ownDatabase(database, config.mode);
  const { databaseUrl } = config;
  const lanes = await openLanes({ redisUrl: config.redisUrl ?? null, databaseUrl, installId, onError });
  const carrier = openCarrier(database, lanes, { onError });
  return {
    wake: () => carrier.wake(),
    ping: () => lanes.ping(),
    close: async () => {
      await carrier.close();
      await lanes.close();
    },
  };
}
