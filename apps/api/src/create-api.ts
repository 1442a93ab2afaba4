import { discardAbandoned, keepApiOrigin, ownDatabase, rememberRooms } from '@catwalk/infra/postgres';
import { type RunningServer, serve, within } from '@catwalk/infra/process';
import { createBatchAcceptor } from './accept-batch.js';
import { createTryOnAcceptor } from './accept-try-on.js';
import { type Api, createApp } from './app.js';
import { createFinalWatch } from './await-final.js';
import { checkStart } from './check-start.js';
import type { ApiContext } from './context.js';
import { createEventStreams } from './event-stream/create-event-streams.js';
import { createAssetPins } from './pin-to-assets.js';

export interface RunnableApi {
  /** Resolves when requests are answered. */
  start(): Promise<{ readonly url: string; readonly port: number }>;
  /** Finishes what is in flight within a bound, and closes what the context opened. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 4_000;
const DRAIN_TIMEOUT_MS = 1_500;
const CONTEXT_TIMEOUT_MS = 2_500;
/** How often what broken uploads left behind is removed. */
const DISCARD_MS = 60_000;

/** The API on its context; nothing happens before `start`. */
export function createApi(context: ApiContext): RunnableApi {
  const rooms = rememberRooms(context.database);
  const pins = createAssetPins(context.database, context.assets?.home === 'provider');
  const acceptor = createTryOnAcceptor(context.database, rooms, pins, context.config);
  const batches = createBatchAcceptor(context.database, rooms, pins, context.config);
  const api: Api = {
    context,
    rooms,
    pins,
    acceptor,
    batches,
    finals: createFinalWatch(context.database),
    streams: createEventStreams(context, rooms),
    assetGate: { open: 0 },
  };
  let server: RunningServer | null = null;
  let discarding: NodeJS.Timeout | undefined;
  return {
    async start() {
      const { config, database, logger } = context;
      if (!context.checked) await checkStart(config, logger);
      await ownDatabase(database, config.mode);
      await rooms.read();
      const { port, isDefault } = config.port;
      server = await serve(createApp(api), {
        settings: 'API',
        host: config.host,
        port,
        portIsDefault: isDefault,
        closeTimeoutMs: CLOSE_TIMEOUT_MS,
      });
      await keepApiOrigin(database, config.publicApiUrl ?? server.url);
      rooms.forget();
      await rooms.read();
      context.carrier.wake();
      // Nobody waits for it, and the next time can do it as well.
      const discard = () => void discardAbandoned(database).catch(() => undefined);
      discard();
      discarding = setInterval(discard, DISCARD_MS);
      context.logger.info({ url: server.url, mode: config.mode }, 'api.started');
      return { url: server.url, port: server.port };
    },
    async close() {
      clearInterval(discarding);
      api.finals.close();
      const broken = Promise.allSettled([batches.stop(), api.streams.stop()]);
      await server?.close();
      await within(DRAIN_TIMEOUT_MS, broken, 'breaking off uploads and streams').catch(() => undefined);
      await within(DRAIN_TIMEOUT_MS, acceptor.drain(), 'storing what was accepted').catch(() => undefined);
      await within(CONTEXT_TIMEOUT_MS, context.close(), 'closing the API');
    },
  };
}
