import type { AssetKeeper } from '@catwalk/infra/assets';
import { openPictureStore, type PictureStore } from '@catwalk/infra/pictures';
import { type Database, openDatabase } from '@catwalk/infra/postgres';
import { createLogger, createOutageLog, type Logger, type OutageLog } from '@catwalk/infra/process';
import { POOL_MAX } from './check-start.js';
import type { ApiConfig } from './config.js';
import { openAssets } from './open-assets.js';
import { openQueueCarrier } from './open-queue-carrier.js';

/** What the API needs of the queue: someone to tell that rows may be carried. Postgres holds the truth. */
export interface Carrier {
  /** Returns at once and never throws: rows that are not carried now are carried later. */
  wake(): void;
  /** Rejects while the queue does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Everything the API works with. */
export interface ApiContext {
  readonly config: ApiConfig;
  readonly logger: Logger;
  readonly database: Database;
  readonly carrier: Carrier;
  /** Null: nobody would reach what is kept. */
  readonly assets: AssetKeeper | null;
  /** Archived pictures, and assets. */
  readonly pictures: PictureStore;
  readonly outages: OutageLog;
  /** Whoever starts the API has made the start-up checks, for all parts at once. */
  readonly checked: boolean;
  /** Closes what the context opened itself. */
  close(): Promise<void>;
}

export type ApiOverrides = Partial<Pick<ApiContext, 'logger' | 'database' | 'carrier' | 'checked'>>;

/** Opens what the API works with; an override is used as it is, and stays its owner's to close. */
export function contextFromConfig(config: ApiConfig, overrides: ApiOverrides = {}): ApiContext {
  const logger = overrides.logger ?? createLogger({ app: 'api', level: config.logLevel });
  const database = overrides.database ?? openDatabase({ url: config.databaseUrl, poolMax: POOL_MAX });
  const outages = createOutageLog(logger);
  const carrier = overrides.carrier ?? openQueueCarrier(config, database, outages);
  const pictures = openPictureStore(config.pictures);
  const assets = openAssets(config, database, pictures);
  const close = async () => {
    await pictures.close();
    if (overrides.carrier === undefined) await carrier.close();
    if (overrides.database === undefined) await database.close();
  };
  const { checked = false } = overrides;
  return { config, logger, database, carrier, assets, pictures, outages, checked, close };
}
