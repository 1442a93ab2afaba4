import { openDatabase, rememberRooms } from '@catwalk/infra/postgres';
import { createLogger } from '@catwalk/infra/process';
import type { Express } from 'express';
import { createBatchAcceptor } from '../src/accept-batch.js';
import { createTryOnAcceptor } from '../src/accept-try-on.js';
import { createApp } from '../src/app.js';
import { createFinalWatch } from '../src/await-final.js';
import { createEventStreams } from '../src/event-stream/create-event-streams.js';
import { contextFromConfig } from '../src/index.js';
import { createAssetPins } from '../src/pin-to-assets.js';
import { defaults, keyed } from './start-api.js';

/** The app with keys on a database address at which nothing listens; nothing is started. */
export function appWithoutPostgres(): { app: Express; close: () => Promise<void> } {
  const config = { ...defaults('postgres://nobody@127.0.0.1:1/none'), ...keyed };
  const database = openDatabase({ url: config.databaseUrl, poolMax: 1 });
  const carrier = { wake: () => undefined, ping: async () => undefined, close: async () => undefined };
  const logger = createLogger({ app: 'api', level: 'silent' });
  const context = contextFromConfig(config, { database, carrier, logger });
  const rooms = rememberRooms(database);
  const pins = createAssetPins(database, false);
  const finals = createFinalWatch(database);
  const acceptor = createTryOnAcceptor(database, rooms, pins, config);
  const batches = createBatchAcceptor(database, rooms, pins, config);
  const streams = createEventStreams(context, rooms);
  const close = async () => {
    finals.close();
    await streams.stop();
    await database.close();
  };
  return {
    app: createApp({ context, rooms, pins, acceptor, batches, finals, streams, assetGate: { open: 0 } }),
    close,
  };
}
