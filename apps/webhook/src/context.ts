import { openPictureStore, type PictureStore } from '@catwalk/infra/pictures';
import { type Database, openDatabase, ownDatabase } from '@catwalk/infra/postgres';
import { createLogger, createOutageLog, type Logger, type OutageLog } from '@catwalk/infra/process';
import { checkStart, POOL_MAX } from './check-start.js';
import type { WebhookConfig } from './config.js';
import { type CallbackRecorder, createCallbackRecorder } from './record-callbacks.js';

export interface WebhookContext {
  readonly config: WebhookConfig;
  readonly logger: Logger;
  readonly db: Database;
  readonly pictures: PictureStore;
  readonly recorder: CallbackRecorder;
  readonly outages: OutageLog;
}

/**
 * @throws StartRefusedError when a start-up check refuses
 * @throws DatabaseRefusedError when the database belongs to the other mode
 */
export async function contextFromConfig(
  config: WebhookConfig,
  /** `checked`: whoever starts it has made the start-up checks, for all parts at once. */
  overrides: Partial<Pick<WebhookContext, 'logger'>> & { readonly checked?: boolean } = {},
): Promise<WebhookContext> {
  const logger = overrides.logger ?? createLogger({ app: 'webhook', level: config.logLevel });
  if (overrides.checked !== true) await checkStart(config, logger);
  const db = openDatabase({ url: config.databaseUrl, poolMax: POOL_MAX, keepsPlans: true });
  await ownDatabase(db, config.mode);
  return {
    config,
    logger,
    db,
    pictures: openPictureStore(config.pictures),
    recorder: createCallbackRecorder(db),
    outages: createOutageLog(logger),
  };
}
